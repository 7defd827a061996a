// Which rows a run of messages makes: who gets a header, where a day or the new messages begin.

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {import("../../web/static/types").Job} Job */
/** @typedef {{ head: boolean, day: boolean, rule: boolean }} Joints */
/** @typedef {Joints & { id: string, seq: number, author: number, at: number, text: string, state: string, words: string }} Row */

const TOGETHER = 300
const ALONE = { head: true, day: false, rule: false }

/** A message as a row before its neighbours are known. @param {Item} item @returns {Row} */
export function rowOf({ seq, author, at, key, text }) {
  return { id: `${author}:${key}`, seq, author, at, text, state: "", words: "", ...ALONE }
}

/** One's own message that is on its way, as a row. @param {Job} job @param {number} author @returns {Row} */
export function rowOfJob({ payload, at, state, words = "" }, author) {
  return { id: `${author}:${payload.key}`, seq: Infinity, author, at, text: payload.text, state, words, ...ALONE }
}

/**
 * Mark what depends on the row before; more than 300 seconds between two messages of one author make a new head.
 * @param {Row[]} rows @param {(at: number) => number} dayOf @param {number} ruleAt the seq of the first new message, or 0
 */
export function join(rows, dayOf, ruleAt = 0) {
  rows.forEach((row, index) => {
    const previous = rows[index - 1]
    row.day = !previous || dayOf(previous.at) !== dayOf(row.at)
    row.rule = row.seq === ruleAt
    row.head = row.day || row.rule || previous.author !== row.author || row.at - previous.at > TOGETHER
  })
  return rows
}

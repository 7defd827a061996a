// How items are laid out as rows: who gets a header, where a day begins, which lines about the room stand together.
import { itemOf } from "./reducers.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {import("../../web/static/types").Job} Job */
/** @typedef {{ head: boolean, day: boolean, rule: boolean }} Joints */
/** @typedef {{ id: string, item: Item, lines: Item[] | null, job: Job | null } & Joints} Row */

const TOGETHER = 300
const MOST_LINES = 60
const ALONE = { head: true, day: false, rule: false }

/** Whether nothing of it is shown: it was deleted, and nobody had answered. @param {Item} item */
export function isHidden({ deleted, replies }) { return Boolean(deleted) && !replies }

/** Whether it is a line about the room, not a message. @param {Item} item */
export function isLine({ kind }) { return kind !== "message" }

/** @param {Item} item */
export function idOf({ author, key }) { return `${author}:${key}` }

/** @param {Item} item @returns {Row} */
export function rowOf(item) {
  return { id: idOf(item), item, lines: isLine(item) ? [item] : null, job: null, ...ALONE }
}

/** One's own message that is on its way, as a row. @param {Job} job @param {number} author @returns {Row} */
export function rowOfJob(job, author) {
  const { payload: data, at } = job
  const item = itemOf(/** @type {any} */ ({ seq: Infinity, n: Infinity, author, at, key: data.key, data: { ...data, files: job.shown } }))
  return { id: idOf(item), item, lines: null, job, ...ALONE }
}

/** Rows for items, lines about the room that follow each other in one. @param {Item[]} items @param {(at: number) => number} dayOf */
export function rowsOf(items, dayOf) {
  /** @type {Row[]} */
  const rows = []
  for (const item of items) {
    const lines = rows[rows.length - 1]?.lines
    if (isHidden(item)) continue
    if (lines && isLine(item) && lines.length < MOST_LINES && dayOf(lines[0].at) === dayOf(item.at)) lines.push(item)
    else rows.push(rowOf(item))
  }
  return rows
}

/**
 * Mark what depends on the row before; more than 300 seconds between two messages of one author make a new head.
 * @param {Row[]} rows @param {(at: number) => number} dayOf @param {number} ruleAt the first new message's seq, or 0
 */
export function join(rows, dayOf, ruleAt = 0) {
  rows.forEach((row, index) => {
    const previous = rows[index - 1], { item } = row
    row.day = !previous || dayOf(previous.item.at) !== dayOf(item.at)
    row.rule = ruleAt > 0 && (previous ? item.seq >= ruleAt && previous.item.seq < ruleAt : item.seq === ruleAt)
    row.head = row.day || row.rule || apart(previous, row)
  })
  return rows
}

/** @param {Row} previous @param {Row} row */
function apart({ item: before, lines }, { item }) {
  return lines !== null || before.author !== item.author || item.at - before.at > TOGETHER
    || item.quote !== undefined || item.thread !== before.thread || Boolean(before.deleted)
}

/** Where to begin so that lines that stand together are not parted. @param {Item[]} items @param {number} start */
export function whole(items, start) {
  const least = Math.max(0, start - MOST_LINES)
  while (start > least && start < items.length && isLine(items[start]) && isLine(items[start - 1])) start--
  return start
}

/**
 * Lines of one kind by the same hand as one: who joined, who left …
 * @param {Item[]} lines @returns {Array<{ kind: string, people: number[], by: number, data: any, at: number }>}
 */
export function gathered(lines) {
  /** @type {Array<{ kind: string, people: number[], by: number, data: any, at: number }>} */
  const groups = []
  for (const { kind, author, data, at } of lines) {
    const person = data?.person ?? author, by = data?.by && data.by !== person ? data.by : 0
    const last = groups[groups.length - 1]
    const together = last && last.kind === kind && last.by === by && (kind === "joined" || kind === "left") && last.data?.banned === data?.banned
    if (together && !last.people.includes(person)) last.people.push(person)
    else if (!together) groups.push({ kind, people: [person], by, data, at })
  }
  return groups
}

// How messages are laid out: a text as words and safe links; rows, with who gets a header and where a day begins.

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {import("../../web/static/types").Job} Job */
/** @typedef {{ head: boolean, day: boolean, rule: boolean }} Joints */
/** @typedef {{ id: string, state: string, words: string } & Omit<Item, "n" | "key"> & Joints} Row */
/** @typedef {{ text: string, href?: string }} Token a part of a text, and its address where it is a link */

const LINK = /\bhttps?:\/\/[^\s<>"]+/gi
const EMOJI = /^(?:[\p{Extended_Pictographic}\u200d\ufe0f\u{1f3fb}-\u{1f3ff}\u{1f1e6}-\u{1f1ff}]|\s){1,40}$/u
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
 * @param {Row[]} rows @param {(at: number) => number} dayOf @param {number} ruleAt the first new message's seq, or 0
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

/** @param {string} link without the marks that belong to the sentence around it */
function trimmed(link) {
  let end = link.length
  for (; end > 0; end--) {
    const last = link[end - 1], part = link.slice(0, end)
    const unopened = last === ")" && part.split(")").length > part.split("(").length
    if (!/[.,;:!?'*_\]}]/.test(last) && !unopened) break
  }
  return link.slice(0, end)
}

/** @param {string} text @returns {string | undefined} its address, where it is one of the web */
function addressOf(text) {
  const url = URL.canParse(text) ? new URL(text) : null
  return url && /^https?:$/.test(url.protocol) && url.hostname ? url.href : undefined
}

/** @param {string} text @returns {Token[]} */
export function tokens(text) {
  /** @type {Token[]} */
  const found = []
  let from = 0
  for (const { 0: match, index } of text.matchAll(LINK)) {
    const link = trimmed(match), href = addressOf(link)
    if (!href) continue
    if (index > from) found.push({ text: text.slice(from, index) })
    found.push({ text: link, href })
    from = index + link.length
  }
  if (from < text.length) found.push({ text: text.slice(from) })
  return found
}

/** @param {string} text @returns {boolean} whether it is a few emoji and nothing else */
export function isEmojiOnly(text) {
  return EMOJI.test(text) && [...text.matchAll(/\p{Extended_Pictographic}|[\u{1f1e6}-\u{1f1ff}]/gu)].length <= 12
}

// How far I have read: a rule before what is new, frozen while I am here; and the cursor, moved by what I have seen.
import { signal } from "../../web/static/vendor/preact.js"
import { me } from "../../people/static/me.js"
import { cursor, read, unread } from "./standing.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {import("../../web/static/types").Entry} Entry */
/** @typedef {import("../../web/static/vendor/preact.js").Signal<number>} Rule the seq of the first new message, or 0 */

const LOOK = 500

/** @type {Map<string, { rule: Rule, held: boolean, inView: number, looking: boolean }>} */
const rooms = new Map()

/** @param {string} channel */
function state(channel) {
  const known = rooms.get(channel) ?? { rule: signal(0), held: false, inView: 0, looking: false }
  rooms.set(channel, known)
  return known
}

/** Whether nobody is looking at this page. */
export function away() { return document.hidden || !document.hasFocus() }

/** Where the rule stands in this room. @param {string} channel @returns {Rule} */
export function ruleOf(channel) { return state(channel).rule }

/** Put the rule before the first message that I have not read; it stays there. @param {string} channel @param {Item[]} items */
export function begin(channel, items) {
  const { seq } = cursor(channel), room = state(channel)
  room.held = false
  const first = seq && unread(channel) ? items.find(item => item.kind === "message" && item.seq > seq && !item.deleted && item.author !== me.value?.id) : null
  room.rule.value = first?.seq ?? 0
}

/** Something came; where nobody looks and all was read, it is the first new one. @param {string} channel @param {Entry} entry */
export function came(channel, entry) {
  const { rule } = state(channel)
  if (away() && entry.kind === "message" && entry.author !== me.value?.id && !rule.peek()) rule.value = entry.seq
}

/** All has been read and answered, or I have gone: the rule goes. @param {string} channel */
export function answered(channel) {
  const room = state(channel)
  room.held = false
  room.rule.value = 0
}

/** Whether I have marked something here as unread, so that looking does not read it. @param {string} channel */
export function isHeld(channel) { return state(channel).held }

/** Mark this and what came after it as unread, and leave it so until I answer or go. @param {string} channel @param {Item} item */
export function hold(channel, item) {
  const room = state(channel)
  room.held = true
  room.rule.value = item.seq
  read(channel, item.seq - 1)
}

/** The list shows what is up to this seq; after a moment it is read. @param {string} channel @param {number} seq */
export function show(channel, seq) {
  const room = state(channel)
  room.inView = seq
  if (room.looking) return
  room.looking = true
  setTimeout(() => tell(channel), LOOK)
}

/** @param {string} channel */
function tell(channel) {
  const room = state(channel)
  room.looking = false
  if (!room.held && !away() && room.inView > cursor(channel).seq) read(channel, room.inView)
}

function looked() { rooms.forEach(({ inView }, channel) => { if (inView) show(channel, inView) }) }

addEventListener("focus", looked)
document.addEventListener("visibilitychange", looked)

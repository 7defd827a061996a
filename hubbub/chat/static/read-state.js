// What I have read: a divider before the new messages, fixed while the room is open, and a read cursor that follows
// the view.
import { signal } from "../../web/static/vendor/preact.js"
import { me } from "../../people/static/me.js"
import { markRead } from "./user-changes.js"
import { readCursor, unreadCount } from "./user-state.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {import("../../web/static/types").Entry} Entry */
/**
 * The seq of the first new message, 0 if there is none; how many messages were before it; when it was sent, 0 if that is unknown.
 * @typedef {{ seq: number, before: number, since: number }} Place
 */
/** @typedef {import("../../web/static/vendor/preact.js").Signal<Place>} Divider */

const DELAY = 500
const NOWHERE = { seq: 0, before: 0, since: 0 }

/** @type {Map<string, { divider: Divider, keptUnread: boolean, inView: number, scheduled: boolean }>} */
const rooms = new Map()

/** @param {string} channel */
function stateOf(channel) {
  const known = rooms.get(channel) ?? { divider: signal(NOWHERE), keptUnread: false, inView: 0, scheduled: false }
  rooms.set(channel, known)
  return known
}

/** Whether the user is elsewhere. */
export function isAway() { return document.hidden || !document.hasFocus() }

/** The divider of this room. @param {string} channel @returns {Divider} */
export function dividerOf(channel) { return stateOf(channel).divider }

/**
 * Put the divider before the first unread message, which need not be loaded; it stays there.
 * @param {string} channel @param {Item[]} items
 */
export function placeDivider(channel, items) {
  const { seq, n } = readCursor(channel), room = stateOf(channel)
  room.keptUnread = false
  room.divider.value = NOWHERE
  if (!seq || !unreadCount(channel)) return
  const first = items[0]?.seq > seq + 1 ? { seq: seq + 1, at: 0 } : firstAfter(items, seq)
  if (first) room.divider.value = { seq: first.seq, before: n, since: first.at }
}

/** Return the first message by someone else after this seq. @param {Item[]} items @param {number} seq */
export function firstAfter(items, seq) {
  return items.find(item => item.kind === "message" && item.seq > seq && !item.deleted && item.author !== me.value?.id)
}

/**
 * A message arrived: if the user is elsewhere and everything was read, it is the first new one.
 * @param {string} channel @param {Entry} entry
 */
export function onNewMessage(channel, entry) {
  const { divider } = stateOf(channel)
  if (isAway() && entry.kind === "message" && entry.author !== me.value?.id && !divider.peek().seq) divider.value = { seq: entry.seq, before: entry.n - 1, since: entry.at }
}

/** Remove the divider: everything was read and answered, or the room was left. @param {string} channel */
export function removeDivider(channel) {
  const room = stateOf(channel)
  room.keptUnread = false
  room.divider.value = NOWHERE
}

/** Whether I marked something here as unread, so that seeing it does not mark it as read. @param {string} channel */
export function isKeptUnread(channel) { return stateOf(channel).keptUnread }

/**
 * Mark this message and the later ones as unread, until I answer or leave.
 * @param {string} channel @param {Item} item
 */
export function markUnreadFrom(channel, item) {
  const room = stateOf(channel)
  room.keptUnread = true
  room.divider.value = { seq: item.seq, before: item.n - 1, since: item.at }
  markRead(channel, item.seq - 1)
}

/** Everything up to this seq is visible; mark it as read after a moment. @param {string} channel @param {number} seq */
export function markSeen(channel, seq) {
  const room = stateOf(channel)
  room.inView = seq
  if (room.scheduled) return
  room.scheduled = true
  setTimeout(() => markReadIfSeen(channel), DELAY)
}

/** @param {string} channel */
function markReadIfSeen(channel) {
  const room = stateOf(channel)
  room.scheduled = false
  if (!room.keptUnread && !isAway() && room.inView > readCursor(channel).seq) markRead(channel, room.inView)
}

function markAllSeen() { rooms.forEach(({ inView }, channel) => { if (inView) markSeen(channel, inView) }) }

addEventListener("focus", markAllSeen)
document.addEventListener("visibilitychange", markAllSeen)

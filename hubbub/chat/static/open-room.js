// Open a room: load what is shown first, and subscribe to it while it is open, as a member or not.
import { channel as channelOf, subscribe } from "../../web/static/channels.js"
import { preference } from "../../web/static/preferences.js"
import { boot } from "../../web/static/shell.js"
import { placeDivider } from "./read-state.js"
import { indexOf } from "./reducers.js"
import { me } from "../../people/static/me.js"
import { previewRoom, readCursor, room, unreadCount } from "./user-state.js"

/** @typedef {import("../../web/static/types").Answer} Answer */

/**
 * Open a room that is in memory or in the page, without a request. Return false if something must be loaded first.
 * @param {string} name @param {number} at the seq of a message, or 0
 */
export function openFromMemory(name, at) {
  const channel = channelOf(name)
  if (!me.value) openFromPage(name)
  else if (room(name) === undefined) return false
  const { items, loaded } = channel.log, start = at || firstUnread(name)
  if (!loaded || (at ? indexOf(items, at) < 0 : start ? !reaches(items, start) : !channel.isAtLatest)) return false
  placeDivider(name, items)
  return true
}

/** Where a room opens that has something unread; 0 for at the newest. @param {string} name */
function firstUnread(name) {
  const { seq } = readCursor(name)
  return seq && unreadCount(name) && preference("rooms") !== "newest" ? seq + 1 : 0
}

/** Whether these items have what is around a seq. @param {import("../../web/static/types").Item[]} items @param {number} seq */
function reaches(items, seq) { return items[0]?.seq <= seq && seq <= items[items.length - 1].seq }

/** Subscribe to a room that is not mine, from its window in the page if there is one. @param {string} name */
function openFromPage(name) {
  const window = boot.windows?.[name]
  if (window && !channelOf(name).loaded.peek()) subscribe(name, { window })
}

/**
 * Load what is shown first: around a message, or the newest.
 * @param {string} name @param {number} at the message's seq, or 0 @returns {Promise<Answer | undefined>} an error if it cannot be opened
 */
export async function openRoom(name, at) {
  const channel = channelOf(name)
  if (me.value && room(name) === undefined) {
    const previewed = await previewRoom(name)
    if (previewed.error) return previewed
  }
  const mine = room(name) !== undefined
  if (!mine) openFromPage(name)
  const answer = await channel.open()
  if (answer?.error) return answer
  if (!mine) subscribe(name, { cursor: channel.log.cursor, n: channel.log.n })
  const { items } = channel.log, start = at || firstUnread(name)
  if (at ? indexOf(items, at) < 0 : start && !reaches(items, start)) await channel.openAround(start)
  else if (!start && !channel.isAtLatest) await channel.open({ newest: true })
  placeDivider(name, channel.log.items)
  return answer
}

export { stopPreview } from "./user-state.js"

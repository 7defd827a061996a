// Looking at a room: what is loaded first, and that it is followed for as long as it is looked at, joined or not.
import { channel as channelOf, subscribe } from "../../web/static/channels.js"
import { boot } from "../../web/static/shell.js"
import { begin } from "./reading.js"
import { indexOf } from "./reducers.js"
import { me } from "../../people/static/me.js"
import { cursor, preview, room, unread } from "./standing.js"

/** @typedef {import("../../web/static/types").Answer} Answer */

/**
 * Have what will be looked at first: around a message, around the first unread one, or the newest.
 * @param {string} name @param {number} at the message's seq, or 0 @returns {Promise<Answer | undefined>} a refusal has its words
 */
export async function look(name, at) {
  const channel = channelOf(name), window = boot.windows?.[name]
  if (me.value && room(name) === undefined) {
    const looked = await preview(name)
    if (looked.error !== undefined) return looked
  }
  const mine = room(name) !== undefined
  if (!mine && window && !channel.loaded.peek()) subscribe(name, { window })
  const answer = await channel.open()
  if (answer?.error !== undefined) return answer
  if (!mine) subscribe(name, { cursor: channel.log.cursor, n: channel.log.n })
  const { items, complete } = channel.log, { seq } = cursor(name), fresh = unread(name) > 0 && seq > 0
  if (at && indexOf(items, at) < 0) await channel.openAround(at)
  else if (!at && fresh && !complete && items[0]?.seq > seq + 1) await channel.openAround(seq + 1)
  else if (!at && !fresh && !channel.isAtLatest) await channel.open({ newest: true })
  begin(name, channel.log.items)
  return answer
}

export { lookAway } from "./standing.js"

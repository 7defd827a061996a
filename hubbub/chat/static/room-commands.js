// The commands that programs add to a room: asked for when a command is typed, and again after a while.
import { signal } from "../../web/static/vendor/preact.js"
import { roomCommands } from "./commands.js"

const FRESH = 10_000 // milliseconds

const known = signal(/** @type {Record<string, import("./commands.js").RoomCommand[]>} */ ({}))
/** @type {Map<string, number>} */
const askedAt = new Map()

/** Ask for the commands of a room. @param {string} channel */
export async function loadCommands(channel) {
  askedAt.set(channel, Date.now())
  const list = await roomCommands.find(channel)
  known.value = { ...known.peek(), [channel]: list }
  return list
}

/** Return the commands of a room that are known so far. @param {string} channel */
export function commandsIn(channel) {
  if (Date.now() - (askedAt.get(channel) ?? 0) > FRESH) {
    askedAt.set(channel, Date.now())
    setTimeout(loadCommands, 0, channel)
  }
  return known.value[channel] ?? []
}

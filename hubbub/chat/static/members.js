// The members of rooms, loaded when someone is about to be mentioned there.
import * as connection from "../../web/static/connection.js"
import { signal } from "../../web/static/vendor/preact.js"
import { room } from "./user-state.js"

/** @typedef {ReadonlySet<number> | null} Members */
/** @typedef {{ members: import("../../web/static/vendor/preact.js").Signal<Members>, loading: Promise<void> }} Known */

/** @type {Map<string, Known>} */
const known = new Map()

/** @param {string} channel @param {Known["members"]} members */
async function load(channel, members) {
  const { ok } = await connection.request("members", { channel })
  if (ok) members.value = new Set(ok.map((/** @type {any} */ { person }) => person))
  else if (known.get(channel)?.members === members) known.delete(channel)
}

/** @param {string} channel */
function find(channel) {
  let found = known.get(channel)
  if (!found) {
    const members = signal(/** @type {Members} */ (null))
    known.set(channel, found = { members, loading: load(channel, members) })
  }
  return found
}

/** Return the members of a room; null while unknown, and in rooms open to everyone. @param {string} channel @returns {Members} */
export function membersOf(channel) {
  const here = room(channel)
  if (!here || here.kind === "lobby") return null
  return here.kind === "direct" ? new Set(here.people) : find(channel).members.value
}

/** Return the members of a room once they are loaded; null if they cannot be. @param {string} channel @returns {Promise<Members>} */
export async function loadMembers(channel) {
  if (membersOf(channel) === null) await known.get(channel)?.loading
  return membersOf(channel)
}

connection.onConnect(() => known.clear()) // changes were missed while disconnected
connection.onEvent((event, payload) => {
  if (event === "room_left") known.delete(payload?.data?.channel)
  const found = (event === "joined" || event === "left") && known.get(payload?.channel)
  if (found) load(payload.channel, found.members)
})

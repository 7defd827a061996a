// The members of rooms, loaded when someone is about to be mentioned there.
import * as connection from "../../web/static/connection.js"
import { signal } from "../../web/static/vendor/preact.js"
import { room } from "./user-state.js"

/** @typedef {import("../../web/static/vendor/preact.js").Signal<ReadonlySet<number> | null>} Members */

/** @type {Map<string, Members>} */
const known = new Map()

/** @param {string} channel @param {Members} members */
async function load(channel, members) {
  const { ok } = await connection.request("members", { channel })
  if (ok) members.value = new Set(ok.map((/** @type {any} */ { person }) => typeof person === "object" ? person.id : person))
  else known.delete(channel)
}

/** Return the members of a room; null while unknown, and in rooms open to everyone. @param {string} channel */
export function membersOf(channel) {
  const here = room(channel)
  if (!here || here.kind === "lobby") return null
  if (here.kind === "direct") return new Set(here.people)
  let members = known.get(channel)
  if (!members) {
    members = signal(/** @type {ReadonlySet<number> | null} */ (null))
    known.set(channel, members)
    load(channel, members)
  }
  return members.value
}

connection.onConnect(() => known.clear()) // changes were missed while disconnected
connection.onEvent((event, payload) => {
  if (event === "room_left") known.delete(payload?.data?.channel)
  const members = (event === "joined" || event === "left") && known.get(payload?.channel)
  if (members) load(payload.channel, members)
})

// The rooms in which I may use integrations, and their names.
import { leads } from "../../chat/static/actions.js"
import { room, roomName, rooms } from "../../chat/static/user-state.js"

/** The rooms that I manage. */
export function managed() {
  return [...rooms.value.values()].filter(({ channel, kind, archived }) => kind !== "direct" && !archived && leads(channel))
}

/** @param {string} channel */
export const nameOf = channel => { const found = room(channel); return found ? roomName(found) : "…" }

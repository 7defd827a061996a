// A person or a room named within a text: a person under the name they have now, a room as the way into it.
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { byHandle, openCard, person } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { roomName, rooms } from "./standing.js"

/** Handles that name nobody in particular. */
const ALL = new Set(["room", "here"])

/**
 * `mentions` is what the server found; a message on its way has none yet, so that whoever has the handle is meant.
 * @param {{ handle: string, mentions?: Record<string, number> }} props
 */
export function Mention({ handle, mentions }) {
  const low = handle.toLowerCase()
  const id = mentions ? mentions[low] : ALL.has(low) ? 0 : byHandle(low)?.id
  if (id === undefined) return `@${handle}`
  if (id === 0) return html`<span class="mention mine">@${handle}</span>`
  const look = id === me.value?.id ? "mention mine" : "mention"
  /** @param {any} event */
  const open = event => openCard(id, event.currentTarget)
  return html`<button class=${look} type="button" onClick=${open} dir="auto">@${person(id).name || handle}</button>`
}

/** How a room is written behind a `#`. @param {string} name */
export function slugOf(name) {
  return name.trim().toLowerCase().replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^-+|-+$/g, "")
}

/** @param {{ name: string }} props */
export function RoomLink({ name }) {
  const slug = name.toLowerCase()
  const found = [...rooms.value.values()].find(room => room.kind !== "direct" && slugOf(roomName(room)) === slug)
  if (!found) return `#${name}`
  return html`<a class="mention" href=${`/room/${found.channel.slice(5)}`} title=${t("chat.room.go", { room: roomName(found) })}>#${roomName(found)}</a>`
}

// A person or a room mentioned in a text: a person with their current name, a room as a link.
import { html } from "../../web/static/shell.js"
import { fold, t } from "../../web/static/strings.js"
import { byHandle, openCard, person } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { resolved } from "./markdown.js"
import { roomName, rooms } from "./user-state.js"

/** Handles that mean several people. */
const ALL = new Set(["room", "here"])

/**
 * `mentions` is what the server resolved. A message being sent has none yet, so handles are looked up here.
 * @param {{ name: string, mentions?: Record<string, number> }} props
 */
export function Mention({ name, mentions }) {
  const found = resolved(name, handle => mentions ? mentions[handle] : ALL.has(handle) ? 0 : byHandle(handle)?.id)
  if (!found) return `@${name}`
  const { handle, id, rest } = found
  const classes = id === 0 || id === me.value?.id ? "mention mine" : "mention"
  if (id <= 0) return html`<span class=${classes}>@${handle}</span>${rest}`
  /** @param {any} event */
  const open = event => openCard(id, event.currentTarget)
  return html`<button class=${classes} type="button" onClick=${open} dir="auto">@${person(id).name || handle}</button>${rest}`
}

/** How a room is written after a `#`. @param {string} name */
export function slugOf(name) {
  return name.normalize("NFC").trim().toLowerCase().replace(/[^\p{L}\p{M}\p{N}\u200c\u200d._-]+/gu, "-").replace(/^-+|-+$/g, "")
}

/** @param {{ name: string }} props */
export function RoomLink({ name }) {
  const slug = slugOf(name)
  const named = [...rooms.value.values()].filter(room => room.kind !== "direct"), slugs = named.map(room => slugOf(roomName(room)))
  const exact = slugs.indexOf(slug), found = named[exact < 0 ? slugs.map(fold).indexOf(fold(slug)) : exact] // the same accents first, as in search.py
  if (!found) return `#${name}`
  return html`<a class="mention" href=${`/room/${found.channel.slice(5)}`} title=${t("chat.room.go", { room: roomName(found) })}>#${roomName(found)}</a>`
}

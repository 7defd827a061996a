// The rooms and direct conversations in the sidebar, and buttons to create and find more.
import { html, Icon } from "../../../web/static/shell.js"
import { navigate, path } from "../../../web/static/router.js"
import { stored } from "../../../web/static/stored.js"
import { t } from "../../../web/static/strings.js"
import { me } from "../../../people/static/me.js"
import { lastMessageAt, roomName, rooms, threads, unreadCount, unreadReplies } from "../user-state.js"
import { openedDialog } from "./opened-dialog.js"
import { isCurrent, RoomRow } from "./room-row.js"

/** @typedef {import("../../../web/static/types").Room} Room */

const [folded, setFolded] = stored("folded", text => new Set((text ?? "").split(",")), names => [...names].join(","))

/** @param {string} name */
function fold(name) {
  const next = new Set(folded.value)
  if (!next.delete(name)) next.add(name)
  setFolded(next)
}

/** When the newest message of a room was sent. @param {Room} room */
function lastOf({ channel, at }) { return lastMessageAt.value.get(channel) ?? at }

/** My rooms in the order of the sidebar. @param {boolean} directs @returns {Room[]} */
export function orderedRooms(directs) {
  const mine = [...rooms.value.values()].filter(room => (room.kind === "direct") === directs && (!room.archived || unreadCount(room.channel)))
  if (directs) return mine.sort((a, b) => lastOf(b) - lastOf(a) || Number(b.channel.slice(5)) - Number(a.channel.slice(5)))
  return mine.sort((a, b) => Number(b.kind === "lobby") - Number(a.kind === "lobby") || roomName(a).localeCompare(roomName(b)))
}

/** @param {{ id: string, title: string, list: Room[], verbs: any }} props */
function Section({ id, title, list, verbs }) {
  const closed = folded.value.has(id)
  const shown = list.filter(room => isCurrent(`/room/${room.channel.slice(5)}`) || unreadCount(room.channel) > 0 || !closed)
  return html`<section class="section rooms">
    <h2><button class="fold" type="button" aria-expanded=${closed ? "false" : "true"} onClick=${() => fold(id)}>
      <${Icon} name=${closed ? "chevron-right" : "chevron-down"} />${title}</button>${verbs}</h2>
    <ul aria-label=${title}>${shown.map(room => html`<${RoomRow} key=${room.channel} room=${room} />`)}</ul>
    ${!shown.length && !closed && id === "directs" && html`<p class="row quiet">${t("chat.rooms.directs.none")}</p>`}
  </section>`
}

/** @param {{ icon: string, words: string, act: () => void }} props */
function Verb({ icon, words, act }) {
  return html`<button class="ghost" type="button" aria-label=${words} title=${words} onClick=${act}><${Icon} name=${icon} /></button>`
}

export function RoomSection() {
  const guest = me.value?.role === "guest"
  return html`<${Section} id="rooms" title=${t("chat.rooms.title")} list=${orderedRooms(false)} verbs=${!guest && me.value && html`
    <${Verb} icon="list-filter" words=${t("chat.rooms.browse")} act=${() => navigate("/rooms")} />
    <${Verb} icon="plus" words=${t("chat.rooms.add")} act=${() => { openedDialog.value = "room" }} />`} />`
}

export function DirectSection() {
  if (!me.value || (me.value.role === "guest" && !orderedRooms(true).length)) return null
  return html`<${Section} id="directs" title=${t("chat.rooms.directs")} list=${orderedRooms(true)} verbs=${me.value.role !== "guest" && html`
    <${Verb} icon="square-pen" words=${t("chat.rooms.message")} act=${() => { openedDialog.value = "direct" }} />`} />`
}

export function SearchItem() {
  const here = path.value.startsWith("/search")
  return html`<li><a class="row" href="/search" aria-current=${here ? "page" : undefined}><${Icon} name="search" /><span class="label">${t("chat.nav.search")}</span><kbd>/</kbd></a></li>`
}

export function ThreadsItem() {
  const fresh = threads.value.filter(thread => unreadReplies(thread) > 0).length
  if (!threads.value.length) return null
  const here = path.value.startsWith("/threads")
  return html`<li><a class=${fresh ? "row unread" : "row"} href="/threads" aria-current=${here ? "page" : undefined}>
    <${Icon} name="messages-square" /><span class="label">${t("chat.nav.threads")}</span>${fresh > 0 && html`<span class="badge">${fresh}</span>`}</a></li>`
}

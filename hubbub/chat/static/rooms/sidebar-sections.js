// The sections of the sidebar: what I starred, my own sections, rooms, direct conversations, documents, symbols.
import { html, Icon, rowKinds } from "../../../web/static/shell.js"
import { navigate } from "../../../web/static/router.js"
import { stored } from "../../../web/static/stored.js"
import { WindowedList } from "../../../web/static/windowed.js"
import { t } from "../../../web/static/strings.js"
import { me } from "../../../people/static/me.js"
import { rooms } from "../user-state.js"
import { openedDialog } from "./opened-dialog.js"
import { isCurrent, RoomRow } from "./room-row.js"
import { openedRowMenu } from "./opened-row-menu.js"
import { sidebarSections, standsOut } from "./sidebar-order.js"

const [folded, setFolded] = stored("folded", text => new Set((text ?? "").split(",")), names => [...names].join(","))
/** Whether only what is unread is shown. */
const [onlyUnread, setOnlyUnread] = stored("only-unread", text => text === "yes", on => on ? "yes" : "no")

/** @param {string} name */
function fold(name) {
  const next = new Set(folded.value)
  if (!next.delete(name)) next.add(name)
  setFolded(next)
}

/** @param {{ icon: string, words: string, act: (event: any) => void, pressed?: boolean }} props */
function Verb({ icon, words, act, pressed }) {
  return html`<button class="ghost" type="button" aria-label=${words} title=${words} aria-pressed=${pressed === undefined ? undefined : String(pressed)} onClick=${act}><${Icon} name=${icon} /></button>`
}

export function UnreadFilter() {
  return me.value && html`<${Verb} icon="list-filter" words=${t("chat.sidebar.unread")} pressed=${onlyUnread.value} act=${() => setOnlyUnread(!onlyUnread.value)} />`
}

/** The buttons of a section. @param {{ id: string, title: string, isOwn?: boolean }} props */
function Verbs({ id, title, isOwn }) {
  if (!me.value || me.value.role === "guest") return null
  if (isOwn) return html`<${Verb} icon="ellipsis" words=${t("chat.sidebar.section.more", { section: title })} act=${(/** @type {any} */ event) => { openedRowMenu.value = { section: id, at: event.currentTarget } }} />`
  if (id === "rooms") return html`<${Verb} icon="search" words=${t("chat.rooms.browse")} act=${() => navigate("/rooms")} /><${Verb} icon="plus" words=${t("chat.rooms.add")} act=${() => { openedDialog.value = "room" }} />`
  return id === "directs" && html`<${Verb} icon="square-pen" words=${t("chat.rooms.message")} act=${() => { openedDialog.value = "direct" }} />`
}

/** @param {string} channel */
function row(channel) {
  const room = rooms.value.get(channel), kind = rowKinds.get(channel.split(":")[0])
  return html`<li key=${channel} data-channel=${channel}>${room ? html`<${RoomRow} room=${room} />` : kind && html`<${kind.row} channel=${channel} />`}
    <button class="ghost row-more" type="button" tabindex="-1" aria-label=${t("chat.sidebar.menu")}><${Icon} name="ellipsis" /></button></li>`
}

/** @param {{ section: import("./sidebar-order.js").Section }} props */
function Section({ section: { id, title, isOwn, channels } }) {
  const closed = folded.value.has(id), few = closed || onlyUnread.value
  const shown = few ? channels.filter(channel => standsOut(channel) || isCurrent(`/room/${channel.slice(5)}`)) : channels
  if (onlyUnread.value && !shown.length) return null
  return html`<section class="section rooms">
    <h2><button class="fold" type="button" aria-expanded=${closed ? "false" : "true"} onClick=${() => fold(id)}>
      <${Icon} name=${closed ? "chevron-right" : "chevron-down"} /><span dir="auto">${title}</span></button><${Verbs} id=${id} title=${title} isOwn=${isOwn} /></h2>
    <${WindowedList} items=${shown} row=${row} aria-label=${title} data-section=${id} />
    ${!shown.length && !closed && (id === "directs" || isOwn) && html`<p class="row quiet">${t(isOwn ? "chat.sidebar.section.none" : "chat.rooms.directs.none")}</p>`}
  </section>`
}

export function Sections() {
  const guest = me.value?.role === "guest"
  const shown = sidebarSections().filter(({ id, isOwn, channels }) => channels.length > 0 || isOwn || id === "rooms" || id === "directs" && me.value && !guest)
  return html`${shown.map(section => html`<${Section} key=${section.id} section=${section} />`)}
    ${onlyUnread.value && !shown.some(({ channels }) => channels.some(standsOut)) && html`<div class="row quiet"><span class="label">${t("chat.sidebar.unread.none")}</span>
      <button class="plain" type="button" onClick=${() => setOnlyUnread(false)}>${t("chat.sidebar.unread.all")}</button></div>`}`
}

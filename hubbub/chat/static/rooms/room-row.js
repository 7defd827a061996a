// A room in the sidebar: bold if unread, a number for mentions, a pencil for a draft.
import { path } from "../../../web/static/router.js"
import { html, Icon } from "../../../web/static/shell.js"
import { t } from "../../../web/static/strings.js"
import { Avatar } from "../../../people/static/avatar.js"
import { online } from "../../../people/static/directory.js"
import { me } from "../../../people/static/me.js"
import { startedDrafts } from "../drafts.js"
import { levels } from "../../../notifications/static/inbox.js"
import { hasNews, mentionCount, roomName, unreadCount } from "../user-state.js"

/** @typedef {import("../../../web/static/types").Room} Room */

/** @type {Record<string, string>} */
const ICONS = { lobby: "hash", public: "hash", private: "lock", announcement: "megaphone", direct: "users" }

/** @param {Room} room */
export function iconOf(room) { return room.archived ? "archive" : ICONS[room.kind] ?? "hash" }

/** @param {Room} room */
export function addressOf(room) { return room.channel === "room:1" ? "/" : `/room/${room.channel.slice(5)}` }

/** How the filter in: names a room, as in hubbub/chat/search.py; a conversation by its channel. @param {Room} room */
export function filterName(room) { return room.kind === "direct" ? room.channel : roomName(room).toLowerCase().replaceAll(" ", "-") }

/** @param {string} address */
export function isCurrent(address) {
  const now = path.value.split("?")[0]
  return now === address || (address === "/" ? now === "/room/1" || now.startsWith("/room/1/") : now.startsWith(`${address}/`))
}

/** @param {{ room: Room }} props */
function Sign({ room }) {
  const others = room.people.filter(id => id !== me.value?.id)
  if (room.kind !== "direct" || others.length > 1) return html`<${Icon} name=${iconOf(room)} />`
  const id = others[0] ?? me.value?.id ?? 0
  return html`<${Avatar} id=${id} small here=${online.value.has(id)} />`
}

/** @param {{ room: Room }} props */
export function RoomRow({ room }) {
  const { channel } = room, fresh = hasNews(channel) ? unreadCount(channel) : 0, calls = mentionCount(channel)
  const address = addressOf(room), current = isCurrent(address), draft = startedDrafts.value.has(`${channel}/0`) && !current
  return html`<a class=${`row${fresh ? " unread" : ""}${levels.value[channel] === "nothing" ? " muted" : ""}`} href=${address} aria-current=${current ? "page" : undefined}>
    <${Sign} room=${room} /><span class="label" dir="auto" title=${roomName(room)}>${roomName(room)}</span>
    ${draft && html`<${Icon} name="pencil" /><span class="visually-hidden">, ${t("chat.rooms.draft")}</span>`}
    ${calls > 0 ? html`<span class="badge" aria-hidden="true">${calls > 99 ? "99+" : calls}</span>` : fresh > 0 && html`<span class="dot"></span>`}
    ${fresh > 0 && html`<span class="visually-hidden">, ${calls ? t("chat.rooms.calls", { n: calls }) : t("chat.rooms.unread", { n: fresh })}</span>`}
  </a>`
}

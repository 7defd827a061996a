// The actions in a room's top bar: members, pins, search, menu.
import { navigate } from "../../../web/static/router.js"
import { closePanel, html, Icon, openPanel, openedPanel, wide } from "../../../web/static/shell.js"
import { Menu } from "../../../web/static/menu.js"
import { t } from "../../../web/static/strings.js"
import { channel as channelOf } from "../../../web/static/channels.js"
import { levelChoices, LevelMenu } from "../../../notifications/static/level-menu.js"
import { markRead } from "../user-changes.js"
import { room as roomOf, roomName } from "../user-state.js"
import { filterName } from "./room-row.js"

/** @param {{ id?: string }} props */
export function RoomActions({ id = "1" }) {
  const channel = `room:${id}`, room = roomOf(channel)
  if (!room) return null
  const shown = openedPanel.value?.kind
  /** @param {string} kind */
  const toggle = kind => { if (shown === kind) closePanel(); else openPanel({ kind, channel }) }
  const search = () => navigate(`/search?q=${encodeURIComponent(`in:${filterName(room)} `)}`)
  const items = [
    { icon: "pin", label: t("chat.rooms.pins"), act: () => openPanel({ kind: "pins", channel }) },
    { icon: "search", label: t("chat.rooms.here"), act: search },
    { icon: "file-text", label: t("documents.title"), act: () => navigate(`/documents?room=${channel}`) },
    { icon: "check-check", label: t("chat.rooms.read"), act: () => markRead(channel, channelOf(channel).log.cursor[0]) },
    ...wide.value ? [] : levelChoices(channel, room.kind === "direct" ? "everything" : "mentions").map(one => ({ ...one, icon: "bell", label: t("notifications.level.here", { level: one.label }) })),
    room.kind !== "direct" && { icon: "info", label: t("chat.rooms.info"), act: () => openPanel({ kind: "room", channel }) },
  ]
  return html`
    ${wide.value && html`<${LevelMenu} channel=${channel} direct=${room.kind === "direct"} /><button class="ghost" type="button" aria-label=${t("chat.rooms.pins")} title=${t("chat.rooms.pins")} aria-expanded=${shown === "pins" ? "true" : "false"} onClick=${() => toggle("pins")}><${Icon} name="pin" /></button>
    <button class="ghost count" type="button" aria-label=${`${t("chat.rooms.info")}: ${t("chat.rooms.members", { n: room.members })}`} title=${roomName(room)}
      aria-expanded=${shown === "room" ? "true" : "false"} onClick=${() => toggle("room")}><${Icon} name="users" /><span>${room.members}</span></button>`}
    <${Menu} label=${t("chat.rooms.more")} items=${items} />`
}

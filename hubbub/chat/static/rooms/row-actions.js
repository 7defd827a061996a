// What the menu of a row of the sidebar offers, and moving rows by menu, key and pointer.
import { channel as channelOf } from "../../../web/static/channels.js"
import * as connection from "../../../web/static/connection.js"
import { makeKey } from "../../../web/static/outbox.js"
import { boot, url } from "../../../web/static/shell.js"
import { toast } from "../../../web/static/toast.js"
import { t } from "../../../web/static/strings.js"
import { append, arrange, KIND, MOST, ownSections, placeOf, setSection, STARRED } from "../../../people/static/arrangement.js"
import { levels } from "../../../notifications/static/inbox.js"
import { applyLevel } from "../../../notifications/static/level-menu.js"
import { copy } from "../actions.js"
import { markUnreadFrom } from "../read-state.js"
import { markRead } from "../user-changes.js"
import { readCursor, room, roomName, unreadCount } from "../user-state.js"
import { kindOf, movedBefore, sidebarSections } from "./sidebar-order.js"

/** The section in which a channel stands. @param {string} channel */
export function sectionOf(channel) { return sidebarSections().find(({ channels }) => channels.includes(channel)) }

/** @param {string} id @param {string[]} order @param {string} moved */
function save(id, order, moved) {
  const isKind = id === kindOf(moved), last = order.findLastIndex(channel => channel === moved || placeOf(channel)?.[0] === (isKind ? KIND : id))
  return arrange(isKind ? KIND : id, order.slice(0, Math.min(last + 1, MOST)))
}

/** Put a channel at the end of what I put into a section; null: into that of its kind. @param {string} channel @param {string | null} id */
export function moveTo(channel, id) {
  return id !== null ? append(channel, id) : room(channel) ? arrange(null, [channel]) : append(channel, KIND)
}

/** Put a channel before another one in a section; null: at its end. @param {string} channel @param {string} id @param {string | null} before */
export function moveBefore(channel, id, before) {
  const section = sidebarSections().find(one => one.id === id)
  if (!section) return
  const isOther = !section.isOwn && id !== STARRED && id !== kindOf(channel)
  if (isOther) return moveTo(channel, null)
  return save(id, movedBefore(section.channels, channel, before), channel)
}

/** Move a row up or down in its section. @param {string} channel @param {number} step */
export function moveBy(channel, step) {
  const section = sectionOf(channel), at = section?.channels.indexOf(channel) ?? -1, to = at + step
  if (!section || to < 0 || to >= section.channels.length) return
  const order = section.channels.filter(one => one !== channel)
  order.splice(to, 0, channel)
  return save(section.id, order, channel)
}

/** Mark the newest message as unread. @param {string} channel */
export function markUnread(channel) {
  if (!room(channel)) return
  const { items, cursor: [head] } = channelOf(channel).log, newest = items.findLast(({ kind, deleted }) => kind === "message" && !deleted)
  if (newest) markUnreadFrom(channel, newest)
  else if (head > 0) markRead(channel, head - 1)
}

/** @param {string} channel */
async function leave(channel) {
  const here = room(channel), { error } = await connection.request("leave", { channel, key: makeKey() })
  const back = () => connection.request("join", { channel, key: makeKey() })
  if (error) toast(error, { danger: true })
  else toast(t("chat.sidebar.left", { room: here ? roomName(here) : "" }), here && !here.archived ? { verb: t("chat.undo"), act: back } : {})
}

/** @param {string} channel */
function copyLink(channel) {
  const [kind, name] = channel.split(":")
  const address = (boot.kinds.addresses[kind] ?? "").replace("{name}", encodeURIComponent(name)).replace("/{seq}", "")
  copy(location.origin + url(address), t("chat.copied.link"))
}

/** @typedef {import("../../../web/static/types").Choices} Choices */

/** @param {string} channel @param {(page: string) => () => void} turn to another page of the menu @returns {Choices} */
export function rowChoices(channel, turn) {
  const here = room(channel), fresh = here && unreadCount(channel) > 0, muted = levels.value[channel] === "nothing"
  const starred = placeOf(channel)?.[0] === STARRED, section = sectionOf(channel), at = section?.channels.indexOf(channel) ?? 0
  const mayLeave = here && here.role !== "" && !["lobby", "direct", "private"].includes(here.kind) // a private one is left in its panel, which asks first
  return [
    here && (fresh ? { icon: "check-check", label: t("chat.rooms.read"), act: () => markRead(channel, channelOf(channel).log.cursor[0]) }
      : readCursor(channel).n > 0 && { icon: "mail", label: t("chat.sidebar.mark_unread"), act: () => markUnread(channel) }),
    { icon: starred ? "star-off" : "star", label: t(starred ? "chat.sidebar.unstar" : "chat.sidebar.star"), act: () => moveTo(channel, starred ? null : STARRED) },
    { icon: "folder", label: t("chat.sidebar.move"), stays: true, act: turn("move") },
    at > 0 && { icon: "chevron-up", label: t("chat.sidebar.up"), act: () => moveBy(channel, -1) },
    at + 1 < (section?.channels.length ?? 0) && { icon: "chevron-down", label: t("chat.sidebar.down"), act: () => moveBy(channel, 1) },
    here && { icon: muted ? "bell" : "bell-off", label: t(muted ? "chat.sidebar.unmute" : "chat.sidebar.mute"), act: () => applyLevel(channel, muted ? "" : "nothing") },
    here && { icon: "bell-dot", label: t("chat.sidebar.level"), stays: true, act: turn("level") },
    { icon: "link", label: t("chat.copy.link"), act: () => copyLink(channel) },
    !here && { icon: "x", label: t("chat.sidebar.remove"), act: () => arrange(null, [channel]) },
    mayLeave && { icon: "log-out", label: t("chat.rooms.leave"), danger: true, act: () => leave(channel) },
  ]
}

/** @param {string} id @param {(section: import("../../../people/static/arrangement.js").OwnSection) => void} rename @returns {Choices} */
export function sectionChoices(id, rename) {
  const all = ownSections.value, at = all.findIndex(section => section.id === id), one = all[at]
  if (!one) return []
  /** @param {number} step */
  const swap = step => { const other = all[at + step]; setSection({ ...one, rank: other.rank }); setSection({ ...other, rank: one.rank }) }
  return [
    { icon: "pencil", label: t("chat.sidebar.section.rename"), stays: true, act: () => rename(one) },
    at > 0 && { icon: "chevron-up", label: t("chat.sidebar.up"), act: () => swap(-1) },
    at + 1 < all.length && { icon: "chevron-down", label: t("chat.sidebar.down"), act: () => swap(1) },
    { icon: "trash-2", label: t("chat.sidebar.section.delete"), danger: true, act: () => setSection({ ...one, title: "" }) },
  ]
}

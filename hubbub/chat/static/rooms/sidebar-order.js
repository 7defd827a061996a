// What stands in each section of the sidebar, and in which order.
import { rowKinds } from "../../../web/static/shell.js"
import { computed } from "../../../web/static/vendor/preact.js"
import { once, t } from "../../../web/static/strings.js"
import { KIND, ownSections, placedOf, placeOf, STARRED } from "../../../people/static/arrangement.js"
import { levels } from "../../../notifications/static/inbox.js"
import { hasNews, lastMessageAt, mentionCount, roomName, rooms, unreadCount } from "../user-state.js"

/** @typedef {import("../../../web/static/types").Room} Room */
/** @typedef {{ id: string, title: string, isOwn?: boolean, channels: string[] }} Section */

/** When the newest message of a room was sent. @param {Room} room */
function lastOf({ channel, at }) { return lastMessageAt.value.get(channel) ?? at }

/** @param {Room} a @param {Room} b */
export const byTime = (a, b) => lastOf(b) - lastOf(a) || Number(b.channel.slice(5)) - Number(a.channel.slice(5))
const collator = once(() => new Intl.Collator())
/** @param {Room} a @param {Room} b */
const byName = (a, b) => Number(b.kind === "lobby") - Number(a.kind === "lobby") || collator().compare(roomName(a), roomName(b))

/** The section of a channel's kind. @param {string} channel */
export function kindOf(channel) {
  const known = rooms.value.get(channel)
  return known ? known.kind === "direct" ? "directs" : "rooms" : channel.split(":")[0] // as in rowKinds
}

/** The sections of the sidebar: what I put into them first, in my order, then the others. @type {() => Section[]} */
export const sidebarSections = () => sections.value

const sections = computed(() => {
  const own = ownSections.value.map(({ id, title }) => ({ id, title, isOwn: true }))
  const kinds = [...rowKinds].sort(([, a], [, b]) => a.rank - b.rank).map(([id, { title }]) => ({ id, title: t(title) }))
  const sections = [{ id: STARRED, title: t("chat.sidebar.starred") }, ...own, { id: "rooms", title: t("chat.rooms.title") }, { id: "directs", title: t("chat.rooms.directs") }, ...kinds]
    .map(section => ({ ...section, channels: /** @type {string[]} */ ([]) }))
  const byId = new Map(sections.map(section => [section.id, section]))
  const shown = [...rooms.value.values()].filter(({ archived, channel }) => (!archived || unreadCount(channel) > 0) && (levels.value[channel] !== "hidden" || mentionCount(channel) > 0))
  const directs = shown.filter(({ kind }) => kind === "direct").sort(byTime), named = shown.filter(({ kind }) => kind !== "direct").sort(byName)
  const all = [...[...named, ...directs].map(({ channel }) => channel), ...[...rowKinds.keys()].flatMap(placedOf)]
  for (const channel of all) (byId.get(placeOf(channel)?.[0] ?? KIND) ?? byId.get(kindOf(channel)))?.channels.push(channel)
  const rank = (/** @type {string} */ channel) => placeOf(channel)?.[1] ?? Infinity
  for (const { channels } of sections) if (channels.some(channel => rank(channel) < Infinity)) channels.sort((a, b) => rank(a) === rank(b) ? 0 : rank(a) - rank(b))
  return sections
})

/** My rooms in the order of the sidebar. @returns {Room[]} */
export function orderedRooms() {
  return sidebarSections().flatMap(({ channels }) => channels.map(channel => /** @type {Room} */ (rooms.value.get(channel)))).filter(Boolean)
}

/** Whether a channel is shown although its section is collapsed, or only what is unread is shown. @param {string} channel */
export function standsOut(channel) { return rooms.value.has(channel) && hasNews(channel) }

/**
 * The order of a section after a channel was moved before another one; null: to its end.
 * @param {string[]} channels @param {string} moved @param {string | null} before
 */
export function movedBefore(channels, moved, before) {
  const rest = channels.filter(channel => channel !== moved), at = before === null ? rest.length : rest.indexOf(before)
  rest.splice(at < 0 ? rest.length : at, 0, moved)
  return rest
}

// My state, the same on all my devices: rooms, read cursors, mentions, drafts, followed threads, saved messages, the sidebar.
import { showChanges } from "../../web/static/changes.js"
import { channel, subscribe, unsubscribe } from "../../web/static/channels.js"
import { get } from "../../web/static/http.js"
import * as connection from "../../web/static/connection.js"
import { boot } from "../../web/static/shell.js"
import { batch, signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { addPeople, person } from "../../people/static/directory.js"
import { arrangement } from "../../people/static/arrangement.js"
import { me } from "../../people/static/me.js"
import { applyPreferences } from "../../people/static/preferences.js"
import { levels, registerTitle } from "../../notifications/static/inbox.js"
import { count, createProjection } from "./user-state-projection.js"
import { applyDraft, syncDrafts } from "./drafts.js"

export { draft, saveDraft } from "./drafts.js"

/** @typedef {import("../../web/static/types").Room} Room */
/** @typedef {import("./user-state-projection.js").ReadCursor} Place */
/** @typedef {import("./user-state-projection.js").Followed} Followed */

/** My rooms by channel. @type {import("../../web/static/vendor/preact.js").Signal<ReadonlyMap<string, Room>>} */
export const rooms = signal(new Map())
/** The threads that I follow. @type {import("../../web/static/vendor/preact.js").Signal<Followed[]>} */
export const threads = signal([])
const saved = signal(/** @type {import("./user-state-projection.js").Saved} */ (new Map()))

const cursors = signal(/** @type {ReadonlyMap<string, Place>} */ (new Map()))
const mentions = signal(/** @type {ReadonlyMap<string, number[]>} */ (new Map()))
const uncounted = signal(/** @type {ReadonlyMap<string, import("./user-state-projection.js").Runs>} */ (new Map()))
const NOTHING_READ = { seq: 0, n: 0, version: 0 }

/**
 * Rooms that I preview without being a member.
 * @type {import("../../web/static/vendor/preact.js").Signal<ReadonlyMap<string, Room>>}
 */
const previews = signal(new Map())
/**
 * When the newest message of a room was sent, as far as this page knows.
 * @type {import("../../web/static/vendor/preact.js").Signal<ReadonlyMap<string, number>>}
 */
export const lastMessageAt = signal(new Map())

/** Return a room of mine or a previewed one; undefined for any other. @param {string} name */
export function room(name) { return rooms.value.get(name) ?? previews.value.get(name) }

/** Preview a room that I am not a member of, if I may. @param {string} name */
export async function previewRoom(name) {
  if (room(name)) return { ok: null }
  const answer = await get(`/api/rooms/${name.slice(5)}`)
  if (answer.error) return answer
  projection?.setPreview(name, answer.ok)
  publish()
  subscribe(name, { cursor: answer.ok.head, n: answer.ok.n })
  return answer
}

/** How far I have read. @param {string} name @returns {Place} */
export function readCursor(name) { return cursors.value.get(name) ?? NOTHING_READ }

/** How many messages are unread. @param {string} name */
export function unreadCount(name) { return countAfter(name, readCursor(name).n) }

/** How many messages after the `n`th were not deleted. @param {string} name @param {number} n */
export function countAfter(name, n) { return count(n, channel(name).n.value, uncounted.value.get(name)) }

/** How many replies of a thread that I follow are unread. @param {Followed} [thread] */
export function unreadReplies(thread) {
  return thread ? count(thread.n, thread.replies, uncounted.value.get(`${thread.channel}/${thread.root}`)) : 0
}

/** How many unread messages mention me; in a direct conversation, all do. @param {string} name */
export function mentionCount(name) {
  if (room(name)?.kind === "direct") return unreadCount(name)
  const { seq } = readCursor(name)
  return (mentions.value.get(name) ?? []).filter(one => one > seq).length
}

/** Whether a room has something new for me; in a muted one, only if it mentions me. @param {string} name */
export function hasNews(name) { return (["nothing", "hidden"].includes(levels.value[name]) ? mentionCount(name) : unreadCount(name)) > 0 }

/** Whether I saved a message for later. @param {string} name @param {number} seq */
export function isSaved(name, seq) { return (saved.value.get(`${name}/${seq}`) ?? 0) > 0 }

/** How many messages I saved. */
export function savedCount() { return [...saved.value.values()].filter(version => version > 0).length }

/** A room's name; a direct conversation is named after the others in it. @param {Room} room */
export function roomName(room) {
  if (room.kind !== "direct") return room.name
  const others = room.people.filter(id => id !== me.value?.id)
  return others.length ? others.map(id => person(id).name || "…").join(", ") : t("chat.direct.self")
}

registerTitle("room", name => room(name)?.name)

/** Stop the preview of a room. @param {string} name */
export function stopPreview(name) {
  if (rooms.peek().has(name)) return
  projection?.setPreview(name)
  publish()
  unsubscribe(name)
}

/** @type {import("./user-state-projection.js").Projection | null} */
let projection = null
/**
 * The head of each room before the connection was lost: a server that has less was restored to an earlier state.
 * @type {Map<string, number>}
 */
const headsBeforeDisconnect = new Map()
let userChannel = "", hasConnected = Boolean(boot.kept), refreshing = false, refreshAgain = false

/** The sidebar as last published: what I changed since, and the server has not confirmed, is kept. */
let published = arrangement.peek()

/** Publish the projection, and subscribe to the rooms that are mine now. */
function publish() {
  if (!projection) return
  const { state } = projection, before = rooms.peek()
  batch(() => {
    if (state.rooms !== before) {
      for (const name of before.keys()) if (!state.rooms.has(name)) unsubscribe(name)
      for (const { channel: name, head, n } of state.rooms.values()) subscribe(name, { cursor: head, n, window: boot.windows?.[name] })
    }
    rooms.value = state.rooms
    previews.value = state.previews
    cursors.value = state.cursors
    mentions.value = state.mentions
    threads.value = state.threads
    uncounted.value = state.uncounted
    saved.value = state.saved
    if (state.sidebar !== published) arrangement.value = published = state.sidebar
  })
}

/** Apply a snapshot, from the page or after a disconnect. @param {any} window */
function applySnapshot(window) {
  const serverWasRestored = window.rooms.some((/** @type {Room} */ { channel: name, head: [seq] }) => seq < (headsBeforeDisconnect.get(name) ?? 0))
  headsBeforeDisconnect.clear()
  addPeople(window.people)
  projection?.applySnapshot(window)
  publish()
  levels.value = window.levels
  applyPreferences(window.preferences ?? {})
  syncDrafts(window.drafts, serverWasRestored)
  showChanges()
}

/** Return my state, for this browser to keep. */
export function stateToKeep() {
  return { cursors: cursors.peek(), mentions: Object.fromEntries(mentions.peek()), threads: threads.peek(), uncounted: Object.fromEntries(uncounted.peek()), saved: saved.peek() }
}

/** Start once I am signed in. */
export function start() {
  if (!me.value || userChannel) return
  userChannel = `user:${me.value.id}`
  projection = createProjection(me.value.id)
  const window = /** @type {any} */ (boot.windows?.[userChannel])
  if (!window) { hasConnected = true; refresh(); return }
  applySnapshot(window)
  subscribe(userChannel, { cursor: window.as_of })
}

/** Change what is shown before the server has it. @param {(projection: import("./user-state-projection.js").Projection) => void} act */
export function project(act) {
  if (!projection) return
  act(projection)
  publish()
}

/** Signals were missed while disconnected, or the server refused a change: request a snapshot. */
export async function refresh() {
  if (!userChannel) return start()
  if (refreshing) { refreshAgain = true; return }
  refreshing = true
  projection?.startRefresh()
  const { ok } = await get(`/api/channels/${userChannel}/window`)
  refreshing = false
  if (ok) {
    applySnapshot(ok)
    subscribe(userChannel, { cursor: ok.as_of })
  }
  if (refreshAgain) { refreshAgain = false; refresh() }
}

connection.onConnect(() => {
  for (const name of rooms.peek().keys()) headsBeforeDisconnect.set(name, channel(name).log.cursor[0])
  if (hasConnected || !userChannel) refresh()
  hasConnected = true
})
connection.onEvent((event, payload) => {
  const name = payload?.channel
  if (!projection || !name) return
  if (event === "reset") {
    if (name === userChannel) return applySnapshot(payload)
    if (rooms.peek().has(name)) return void refresh()
    const previewed = previews.peek().get(name)
    if (!previewed) return
    projection.setPreview(name)
    projection.setPreview(name, { ...previewed, head: payload.as_of, n: channel(name).log.n })
    return publish()
  }
  if (name === userChannel && event === "draft") return applyDraft(payload.data)
  if ((event === "message" || event === "reply") && room(name)) lastMessageAt.value = new Map(lastMessageAt.peek()).set(name, payload.at)
  projection.applyEvent(event, payload)
  publish()
})

// How I stand, the same on all my devices: my rooms, how far I have read, what mentions me, drafts, followed threads.
import { channel, subscribe, unsubscribe } from "../../web/static/channels.js"
import { get } from "../../web/static/http.js"
import * as connection from "../../web/static/connection.js"
import { boot } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { batch, signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { meet, person } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { levels } from "../../notifications/static/inbox.js"
import { createBadges } from "./badges.js"
import { hear as hearDraft, learn as learnDrafts } from "./drafts.js"

export { draft, saveDraft } from "./drafts.js"

/** @typedef {import("../../web/static/types").Room} Room */
/** @typedef {import("./badges.js").Place} Place */
/** @typedef {import("./badges.js").Followed} Followed */

/** My rooms by channel. @type {import("../../web/static/vendor/preact.js").Signal<ReadonlyMap<string, Room>>} */
export const rooms = signal(new Map())
/** The threads that I follow. @type {import("../../web/static/vendor/preact.js").Signal<Followed[]>} */
export const threads = signal([])

const cursors = signal(/** @type {ReadonlyMap<string, Place>} */ (new Map()))
const mentions = signal(/** @type {ReadonlyMap<string, number[]>} */ (new Map()))
const NOWHERE = { seq: 0, n: 0, version: 0 }

/** Rooms that I look into without being in them. @type {import("../../web/static/vendor/preact.js").Signal<ReadonlyMap<string, Room>>} */
const previews = signal(new Map())
/** When something was last said in a room, as far as this page knows. @type {import("../../web/static/vendor/preact.js").Signal<ReadonlyMap<string, number>>} */
export const lively = signal(new Map())

/** A room of mine, or one that I look into; undefined for another. @param {string} name */
export function room(name) { return rooms.value.get(name) ?? previews.value.get(name) }

/** Look into a room that I am not in, if I may. @param {string} name */
export async function preview(name) {
  if (room(name)) return { ok: null }
  const answer = await get(`/api/rooms/${name.slice(5)}`)
  if (answer.error !== undefined) return answer
  badges?.preview(name, answer.ok)
  settle()
  subscribe(name, { cursor: answer.ok.head, n: answer.ok.n })
  return answer
}

/** How far I have read. @param {string} name @returns {Place} */
export function cursor(name) { return cursors.value.get(name) ?? NOWHERE }

/** How many messages I have not read. @param {string} name */
export function unread(name) { return Math.max(0, channel(name).n.value - cursor(name).n) }

/** How many of what I have not read calls me; in a direct conversation all does. @param {string} name */
export function mentioned(name) {
  if (room(name)?.kind === "direct") return unread(name)
  const { seq } = cursor(name)
  return (mentions.value.get(name) ?? []).filter(one => one > seq).length
}

/** What a room is called; a direct one by who else is in it. @param {Room} room */
export function roomName(room) {
  if (room.kind !== "direct") return room.name
  const others = room.people.filter(id => id !== me.value?.id)
  return others.length ? others.map(id => person(id).name || "…").join(", ") : t("chat.direct.self")
}

/** The running number at a seq, from what is loaded. @param {string} name @param {number} seq */
function numberAt(name, seq) {
  const { items, cursor: [head], n } = channel(name).log
  if (seq >= head) return n
  return items.findLast(item => item.seq <= seq)?.n ?? Math.max(0, (items[0]?.n ?? n) - 1)
}

/** Say that I have read up to here, also backwards; taken back when the server does not take it. @param {string} name @param {number} seq */
export async function read(name, seq) {
  const before = cursor(name)
  if (before.seq === seq) return
  place(name, { seq, n: numberAt(name, seq), version: before.version })
  const { code } = await connection.request("read", { channel: name, seq })
  if (code && code !== "offline" && code !== "timeout" && cursor(name).seq === seq) place(name, before)
}

/** @param {string} name @param {Place} where */
function place(name, where) {
  badges?.place(name, where)
  settle()
}

/** Say that all is read; for ten seconds it can be taken back. */
export async function readAll() {
  const { ok } = await connection.request("read_all", {})
  if (!ok) return
  const back = () => { for (const [name, seq] of Object.entries(ok)) connection.request("read", { channel: name, seq }) }
  toast(t("chat.read.all.done"), { verb: t("chat.undo"), act: back })
}

/** Look no more into a room that I am not in. @param {string} name */
export function lookAway(name) {
  if (rooms.peek().has(name)) return
  badges?.preview(name)
  settle()
  unsubscribe(name)
}

/** @type {import("./badges.js").Badges | null} */
let badges = null
/** How far each room was when the connection came back: a server that knows less was put back to an earlier day. @type {Map<string, number>} */
const heads = new Map()
let own = "", met = false, asking = false, again = false

/** Show what was reckoned, and follow the rooms that are mine now. */
function settle() {
  if (!badges) return
  const { now } = badges, before = rooms.peek()
  batch(() => {
    if (now.rooms !== before) {
      for (const name of before.keys()) if (!now.rooms.has(name)) unsubscribe(name)
      for (const { channel: name, head, n } of now.rooms.values()) subscribe(name, { cursor: head, n, window: boot.windows?.[name] })
    }
    rooms.value = now.rooms
    previews.value = now.previews
    cursors.value = now.cursors
    mentions.value = now.mentions
    threads.value = now.threads
  })
}

/** Take the whole of it, from the page or after a gap. @param {any} window */
function stand(window) {
  const isPutBack = window.rooms.some((/** @type {Room} */ { channel: name, head: [seq] }) => seq < (heads.get(name) ?? 0))
  heads.clear()
  meet(window.people)
  badges?.stand(window)
  settle()
  levels.value = window.levels
  learnDrafts(window.drafts, isPutBack)
}

/** Begin, once I am somebody. */
export function begin() {
  if (!me.value || own) return
  own = `own:${me.value.id}`
  badges = createBadges(me.value.id)
  const window = /** @type {any} */ (boot.windows?.[own])
  if (!window) { met = true; refresh(); return }
  stand(window)
  subscribe(own, { cursor: window.as_of })
}

/** After a gap the signals of meanwhile are missing: have the whole of it anew. */
async function refresh() {
  if (!own) return begin()
  if (asking) { again = true; return }
  asking = true
  badges?.expect()
  const { ok } = await get(`/api/channels/${own}/window`)
  asking = false
  if (ok) {
    stand(ok)
    subscribe(own, { cursor: ok.as_of })
  }
  if (again) { again = false; refresh() }
}

connection.onConnect(() => {
  for (const name of rooms.peek().keys()) heads.set(name, channel(name).log.cursor[0])
  if (met || !own) refresh()
  met = true
})
connection.onEvent((event, payload) => {
  const name = payload?.channel
  if (!badges || !name) return
  if (event === "reset") {
    if (name === own) return stand(payload)
    if (rooms.peek().has(name)) return void refresh()
    const looked = previews.peek().get(name)
    if (!looked) return
    badges.preview(name)
    badges.preview(name, { ...looked, head: payload.as_of, n: channel(name).log.n })
    return settle()
  }
  if (name === own && event === "draft") return hearDraft(payload.data)
  if ((event === "message" || event === "reply") && room(name)) lively.value = new Map(lively.peek()).set(name, payload.at)
  badges.take(event, payload)
  settle()
})

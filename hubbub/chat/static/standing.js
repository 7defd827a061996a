// How I stand, the same on all my devices: my rooms, how far I have read, what mentions me, drafts, followed threads.
import { channel, follow, reduce, unfollow } from "../../web/static/channels.js"
import { get } from "../../web/static/http.js"
import * as live from "../../web/static/live.js"
import { boot } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { batch, signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/words.js"
import { meet, person } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { hear as hearDraft, learn as learnDrafts } from "./drafts.js"

export { draft, saveDraft } from "./drafts.js"

/** @typedef {import("../../web/static/types").Room} Room */
/** @typedef {import("../../web/static/types").Entry} Entry */
/** @typedef {{ seq: number, n: number, version: number }} Place */
/** @typedef {{ channel: string, root: number, seq: number, n: number, version: number, replies: number, newest: number }} Followed */

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
  put(previews, name, answer.ok)
  follow(name, { cursor: answer.ok.head, n: answer.ok.n })
  listenTo(name)
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
  return others.length ? others.map(id => person(id).name || "…").join(", ") : t("direct.self")
}

/** @template K, V @param {import("../../web/static/vendor/preact.js").Signal<ReadonlyMap<K, V>>} map @param {K} key @param {V | undefined} value */
function put(map, key, value) {
  const next = new Map(map.peek())
  if (value === undefined) next.delete(key)
  else next.set(key, value)
  map.value = next
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
  put(cursors, name, { seq, n: numberAt(name, seq), version: before.version })
  const { code } = await live.ask("read", { channel: name, seq })
  if (code && code !== "offline" && code !== "timeout" && cursor(name).seq === seq) put(cursors, name, before)
}

/** Say that all is read; for ten seconds it can be taken back. */
export async function readAll() {
  const { ok } = await live.ask("read_all", {})
  if (!ok) return
  const back = () => { for (const [name, seq] of Object.entries(ok)) live.ask("read", { channel: name, seq }) }
  toast(t("read.all.done"), { verb: t("undo"), act: back })
}

/** @param {Room} said */
function enter(said) {
  put(rooms, said.channel, said)
  put(previews, said.channel, undefined)
  follow(said.channel, { cursor: said.head, n: said.n, window: boot.windows?.[said.channel] })
  listenTo(said.channel)
}

/** Look no more into a room that I am not in. @param {string} name */
export function lookAway(name) {
  if (rooms.peek().has(name)) return
  put(previews, name, undefined)
  heard.delete(name)
  unfollow(name)
}

/** @param {string} name */
function listenTo(name) {
  if (heard.has(name)) return
  heard.add(name)
  channel(name).listen(entry => { if (entry) hear(name, entry) })
}
/** @type {Set<string>} */
const heard = new Set()

/** @param {string} name */
function quit(name) {
  put(rooms, name, undefined)
  heard.delete(name)
  unfollow(name)
}

/** Whether an entry calls me. @param {Entry} entry */
function calls({ author, data }) {
  const mine = me.value?.id ?? 0
  if (author === mine || !data.mentions) return false
  return "room" in data.mentions || Object.values(data.mentions).includes(mine) || data.here?.includes(mine)
}

/** What an entry of a room changes for me. @param {string} name @param {Entry} entry */
function hear(name, entry) {
  const { kind, seq, data } = entry
  const called = mentions.peek().get(name) ?? []
  if (kind === "message" || kind === "reply") {
    put(lively, name, entry.at)
    if (calls(entry)) put(mentions, name, [...called, seq])
    if (data.thread) count(name, entry)
  } else if (kind === "edited" || kind === "deleted") {
    const rest = called.filter(one => one !== data.target)
    const next = kind === "edited" && calls(entry) ? [...rest, data.target].sort((a, b) => a - b) : rest
    if (next.length || called.length) put(mentions, name, next)
  } else change(name, entry)
}

/** @param {string} name @param {Entry} entry */
function count(name, { seq, data }) {
  threads.value = threads.peek().map(thread => thread.channel === name && thread.root === data.thread
    ? { ...thread, replies: thread.replies + 1, newest: seq } : thread)
}

/** @param {string} name @param {Entry} entry */
function change(name, { kind, data }) {
  const mine = rooms.peek().get(name), known = mine ?? previews.peek().get(name)
  if (!known) return
  const changes = {
    renamed: () => ({ name: data.name }), topic: () => ({ topic: data.topic }), archived: () => ({ archived: data.on }),
    joined: () => ({ members: known.members + 1 }), left: () => ({ members: known.members - 1 }),
    role: () => data.person === me.value?.id ? { role: data.role } : {},
  }
  const made = changes[/** @type {keyof typeof changes} */ (kind)]?.()
  if (made) put(mine ? rooms : previews, name, { ...known, ...made })
}

/** Take the whole of it, from the page or after a gap. @param {any} window */
function stand(window) {
  meet(window.people)
  batch(() => {
    const said = new Set(window.rooms.map((/** @type {Room} */ room) => room.channel))
    for (const name of rooms.peek().keys()) if (!said.has(name)) quit(name)
    for (const room of window.rooms) enter(room)
    cursors.value = new Map(Object.entries(window.cursors).map(([name, [seq, n, version]]) => [name, { seq, n, version }]))
    mentions.value = new Map(Object.entries(window.mentions))
    threads.value = window.threads
    learnDrafts(window.drafts)
  })
}

/** The signals of my own channel: what another device did. @type {Record<string, (said: any) => void>} */
const signals = {
  cursor({ channel: name, seq, n, version }) {
    if (version > cursor(name).version) put(cursors, name, { seq, n, version })
  },
  mentions({ channel: name, seqs }) { put(mentions, name, seqs) },
  draft: hearDraft,
  following({ channel: name, root, on, ...more }) {
    const rest = threads.peek().filter(thread => thread.channel !== name || thread.root !== root)
    threads.value = on ? [{ channel: name, root, ...more }, ...rest] : rest
  },
  thread_cursor({ channel: name, root, seq, n, version }) {
    threads.value = threads.peek().map(thread => thread.channel === name && thread.root === root && version > thread.version
      ? { ...thread, seq, n, version } : thread)
  },
}

let own = "", met = false

/** Begin, once I am somebody. */
export function begin() {
  if (!me.value || own) return
  own = `own:${me.value.id}`
  reduce("room", (_, { data }) => enter(data))
  reduce("gone", (_, { data }) => quit(data.channel))
  const window = /** @type {any} */ (boot.windows?.[own])
  if (!window) { met = true; refresh(); return }
  stand(window)
  follow(own, { cursor: window.as_of })
}

/** After a gap the signals of meanwhile are missing: have the whole of it anew. */
async function refresh() {
  if (!own) return begin()
  const { ok } = await get(`/api/channels/${own}/window`)
  if (!ok) return
  stand(ok)
  follow(own, { cursor: ok.as_of })
}

live.greet(() => {
  if (met || !own) refresh()
  met = true
})
live.listen((event, payload) => {
  if (payload?.channel !== own) return
  if (event === "reset") stand(payload)
  else if (payload.data && !payload.seq) signals[event]?.(payload.data)
})

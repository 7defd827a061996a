// Keep the channels that were opened, and the parts of the page's data that slices name, a moment after they changed. A kept
// channel goes on with the entries that arrive, opened or not, so that a deleted message vanishes from it, too.
import { boot } from "./boot.js"
import { channel, GONE, isSubscribed, onWindow, reducers } from "./channels.js"
import { createChannelLog } from "./channel-log.js"
import { isConnected, onConnect, onEvent } from "./connection.js"
import { get } from "./http.js"
import { find, forget, isKeeping, keep, readIndex } from "./kept.js"

/** @typedef {import("./types").Entry} Entry */

const ITEMS = 150, MAX_QUEUED = 300
const DELAY = 2000, REFRESH_DELAY = 1000, SETTLED = 5000 // milliseconds

/** Channels that changed, with the entries that arrived. @type {Map<string, Entry[]>} */
let changed = new Map()
/** @type {Map<string, () => any>} */
const parts = new Map()
/** The JSON of each part as it is kept. @type {Map<string, string>} */
const keptParts = new Map()
/** Channels to keep even if they were never opened. @type {Set<string>} */
const always = new Set()
let timer = 0, running = Promise.resolve()

/** Keep a channel even if it was never opened. @param {string} name */
export function keepAlways(name) { always.add(name) }

/** Keep a part of the page's data (a field of `boot`) as `read` returns it; if that is undefined, what is stored stays. @param {string} field @param {() => any} read */
export function keepPart(field, read) { parts.set(field, read) }

/** Keep in a moment what changed. */
export function keepSoon() { if (isKeeping()) timer ||= setTimeout(flush, DELAY) }

/** @param {string} name @param {Entry} [entry] */
function note(name, entry) {
  if (!isKeeping()) return
  const entries = changed.get(name) ?? []
  if (entry && entries.length <= MAX_QUEUED) entries.push(entry)
  changed.set(name, entries)
  keepSoon()
}

/** What is kept of a log. @param {ReturnType<typeof createChannelLog>} log */
function valueOf({ name, items, cursor, n, complete }) {
  const newest = items.slice(-ITEMS)
  return { n, window: { channel: name, items: newest, complete: complete && newest.length === items.length, latest: true, as_of: cursor } }
}

/** Keep what changed; what is open, at once, since the page may be about to close. */
function flush() {
  clearTimeout(timer)
  timer = 0
  if (!isKeeping()) return running
  const names = [...changed], values = /** @type {Record<string, any>} */ ({})
  changed = new Map()
  for (const [name] of names) {
    const { log } = channel(name)
    if (log.loaded && log.latest && isSubscribed(name)) values[`channel:${name}`] = valueOf(log)
  }
  for (const [field, read] of parts) {
    const value = read(), text = JSON.stringify(value)
    if (value !== undefined && text !== keptParts.get(field)) values[`part:${field}`] = value
    keptParts.set(field, text)
  }
  if (isConnected()) values["part:contact"] = true // when it was last known to be true
  keep(values)
  const others = names.filter(([name]) => !(`channel:${name}` in values))
  return running = running.then(() => tidy(others)).catch(() => {})
}

/** Delete what I cannot read any more, and bring what is kept of channels that are not open up to date. @param {Array<[string, Entry[]]>} names */
async function tidy(names) {
  const index = await readIndex(), left = new Set([...index.values()].flatMap(({ of }) => of && !isSubscribed(of) ? of : []))
  if (left.size) await forget(name => name.startsWith("answer:") || left.has(index.get(name)?.of ?? "")) // lists may name what was left
  for (const [name, entries] of names) {
    const at = `channel:${name}`
    if (index.has(at)) await keep({ [at]: await advance(name, entries) })
  }
}

/** Return what is kept of a channel that is not open, with these entries; undefined if it is to be deleted. @param {string} name @param {Entry[]} entries */
async function advance(name, entries) {
  const kept = await find(`channel:${name}`)
  if (!kept) return undefined
  let hasGap = entries.length > MAX_QUEUED
  const log = createChannelLog(name, { reducers, onGap: async () => { hasGap = true } })
  log.startAt(kept.value.window.as_of, kept.value.n)
  log.reset(kept.value.window)
  entries.forEach(entry => log.apply(entry))
  return hasGap ? load(name, kept.value) : valueOf(log)
}

/** Return the newest items of a channel that is not open; undefined if I cannot read it any more. @param {string} name @param {any} kept */
async function load(name, kept) {
  const { ok, code = "" } = await get(`/api/channels/${encodeURIComponent(name)}/window`)
  if (ok) return { n: channel(name).n.value, window: ok }
  return GONE.has(code) ? undefined : kept
}

/** Bring kept channels up to date that changed while no page was open, one after the other. */
async function refresh() {
  if (!isKeeping()) return
  const names = [...(await readIndex()).keys()].filter(name => name.startsWith("channel:")).map(name => name.slice(8))
  for (const name of new Set([...names, ...always])) {
    await (running = running.then(() => refreshOne(name)).catch(() => {}))
    await new Promise(resolve => { setTimeout(resolve, REFRESH_DELAY * Math.random()) })
  }
}

/** @param {string} name */
async function refreshOne(name) {
  const { log } = channel(name), kept = (await find(`channel:${name}`))?.value
  if (!isSubscribed(name) || log.loaded || String(kept?.window.as_of) === String(log.cursor)) return
  const value = await load(name, kept)
  if (!log.loaded) await keep({ [`channel:${name}`]: value })
}

/** Keep everything again: what was kept is deleted. */
export function keepAgain() {
  keptParts.clear()
  Object.keys(boot.windows ?? {}).forEach(name => note(name))
  keepSoon()
}

if (boot.me && boot.me.role !== "guest") {
  for (const name of Object.keys(boot.windows ?? {})) note(name)
  onWindow(window => { if (window.channel) note(window.channel) })
  onEvent((_, payload) => { if (payload?.channel && payload.seq) note(payload.channel, payload); else keepSoon() })
  addEventListener("pagehide", flush)
  document.addEventListener("visibilitychange", () => { if (document.hidden) flush() })
  onConnect(() => setTimeout(keepSoon, SETTLED))
  setTimeout(refresh, REFRESH_DELAY)
}

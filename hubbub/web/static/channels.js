// The channels this page subscribes to, resumed together after a disconnect, and the outbox, which drains on every
// connect.
import { get } from "./http.js"
import * as connection from "./connection.js"
import { callEach } from "./guard.js"
import { createOutbox } from "./outbox.js"
import { onPageClosed, outboxStorage } from "./outbox-storage.js"
import { createChannelLog } from "./channel-log.js"
import { signal } from "./vendor/preact.js"

/** @typedef {import("./types").Entry} Entry */
/** @typedef {import("./types").Window} Window */
/** @typedef {(entry: Entry | null) => void} Listener */
/** @typedef {ReturnType<typeof createChannel>} Channel */

const PAGE = 50
/** Codes of a refused resume: try again later, or the channel can no longer be read. */
const RETRYABLE = new Set(["busy", "too_fast"])
/** Codes of a channel that I cannot read. */
export const GONE = new Set(["not_found", "denied"])

/** @type {Map<string, Channel>} */
const channels = new Map()
/** @type {Record<string, import("./channel-log.js").Reducer>} */
export const reducers = {}
/** @type {Array<(window: any) => void>} */
const windowListeners = []

/**
 * Register what an entry of this kind does to a channel's items.
 * @param {string} kind @param {import("./channel-log.js").Reducer} reduce
 */
export function registerReducer(kind, reduce) { reducers[kind] = reduce }

/**
 * Call the listener with every window that arrives, for example to learn the people in it.
 * @param {(window: any) => void} listener
 */
export function onWindow(listener) { windowListeners.push(listener) }

/** @param {string} name */
function createChannel(name) {
  const version = signal(0), n = signal(0), loaded = signal(false)
  /** @type {Set<Listener>} */
  const listeners = new Set()
  /** @type {Set<string>} */
  const loading = new Set()
  const address = `/api/channels/${encodeURIComponent(name)}/window`
  const log = createChannelLog(name, { reducers, onGap: missing => resume([missing]), onChange })

  /** @param {Entry | null} entry */
  function onChange(entry) {
    n.value = log.n
    loaded.value = log.loaded
    version.value++
    callEach(`Change of ${name}`, listeners, entry)
  }

  /**
   * Request a window; the same request never runs twice at a time.
   * @param {string} what @param {(window: Window) => boolean | void} take
   */
  async function load(what, take) {
    if (loading.has(what)) return undefined
    loading.add(what)
    const { generation } = log
    const answer = await get(`${address}?limit=${PAGE}${what}`)
    loading.delete(what)
    if (answer.error) return answer
    if (generation !== log.generation) return undefined
    callEach(`Window of ${name}`, windowListeners, answer.ok)
    if (take(answer.ok) === false) return load(what, take)
    return answer
  }

  return {
    name, log, version, n, loaded,

    /** Whether the newest items are loaded. */
    get isAtLatest() { return log.latest },

    /**
     * Call the listener with each entry, and with null when the items changed otherwise. Return how to stop.
     * @param {Listener} listener
     */
    onChange(listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },

    /** Load the newest window, unless one is loaded. @param {{ newest?: boolean }} [how] */
    async open({ newest = false } = {}) {
      if (log.loaded && (log.latest || !newest)) return { ok: null }
      return load("", window => log.reset(window))
    },

    /** Load the window around an entry. @param {number} seq */
    async openAround(seq) {
      const items = log.items
      if (log.loaded && items.some(item => item.seq === seq)) return { ok: null }
      return load(`&around=${seq}`, window => log.reset(window))
    },

    async loadOlder() {
      if (!log.complete && log.items.length) await load(`&before=${log.items[0].seq}`, window => log.prepend(window))
    },

    async loadNewer() {
      if (log.latest || !log.items.length) return
      await load(`&after=${log.items[log.items.length - 1].seq}`, window => log.append(window))
    },
  }
}

/** Return the channel, subscribed or not: always the same object. @param {string} name @returns {Channel} */
export function channel(name) {
  let known = channels.get(name)
  if (!known) channels.set(name, known = createChannel(name))
  return known
}

/** @type {Set<string>} */
const subscribed = new Set()

/** Whether this page follows a channel. @param {string} name */
export function isSubscribed(name) { return subscribed.has(name) }

/**
 * Subscribe to a channel, starting from a window or from a cursor.
 * @param {string} name @param {{ cursor?: import("./types").Cursor, n?: number, window?: Window }} [from] @returns {Channel}
 */
export function subscribe(name, { cursor = [0, ""], n = 0, window } = {}) {
  const known = channel(name)
  if (subscribed.has(name)) return known
  subscribed.add(name)
  known.log.startAt(cursor, n)
  if (window) {
    known.log.reset(window)
    known.n.value = Math.max(n, known.n.value)
  }
  if (connection.isConnected()) resume([name])
  return known
}

/** Unsubscribe from a channel and drop its items. @param {string} name */
export function unsubscribe(name) {
  if (!subscribed.delete(name)) return
  channel(name).log.startAt([0, ""], 0)
  if (connection.isConnected()) connection.request("unsubscribe", { channel: name })
}

/**
 * Request the entries after our cursors, for some channels or all. Retry if the server asks us to wait.
 * @param {string[]} [names] @returns {Promise<unknown>}
 */
export async function resume(names = [...subscribed]) {
  const cursors = Object.fromEntries(names.filter(name => subscribed.has(name)).map(name => [name, channel(name).log.cursor]))
  if (!Object.keys(cursors).length) return undefined
  const { ok = {}, code = "", retry_after: after = 1 } = await connection.request("resume", { cursors })
  if (code === "timeout") connection.checkConnection()
  for (const name of Object.keys(ok)) if (GONE.has(ok[name].code)) subscribed.delete(name)
  const rest = RETRYABLE.has(code) ? names : Object.keys(ok).filter(name => RETRYABLE.has(ok[name].code))
  if (!rest.length) return undefined
  await new Promise(resolve => { setTimeout(resolve, after * 1000 * (1 + Math.random())) })
  return connection.isConnected() ? resume(rest) : undefined
}

/** @typedef {import("./types").Job} Job */
/** The messages and actions in the outbox, for the views. @type {import("./vendor/preact.js").Signal<Job[]>} */
export const jobs = signal([])
/** The changes of my own state that the server does not have yet. @type {import("./vendor/preact.js").Signal<Job[]>} */
export const changes = signal([])

/** Set a signal, unless it has just these already. @param {import("./vendor/preact.js").Signal<Job[]>} shown @param {Job[]} next */
function show(shown, next) {
  if (next.length !== shown.peek().length || next.some((job, index) => job !== shown.peek()[index])) shown.value = next
}

/** Whether the jobs of earlier pages are loaded: nothing is sent before them. */
let outboxLoaded = false

/** Every message, action and change of my own state goes through the outbox, which outlives the page. */
export const outbox = createOutbox({
  request: connection.request, isConnected: () => outboxLoaded && connection.isConnected(), storage: outboxStorage,
  head: name => subscribed.has(name) ? channel(name).log.cursor[0] : 0,
  onChange: next => { show(jobs, next.filter(job => !job.change)); show(changes, next.filter(job => job.change)) },
  retryLater: (retry, milliseconds) => { setTimeout(retry, milliseconds) },
})

connection.onConnect(() => {
  resume()
  outbox.load()
})
connection.onEvent((event, payload) => {
  const log = subscribed.has(payload?.channel) ? channel(payload.channel).log : null
  if (event === "reset") {
    callEach(`Window of ${payload.channel}`, windowListeners, payload)
    log?.replace(payload)
  } else if (event === "heads") {
    const behind = Object.entries(payload.heads).filter(([name, head]) => subscribed.has(name) && channel(name).log.cursor[0] < head)
    if (behind.length) resume(behind.map(([name]) => name))
  } else if (payload?.seq) log?.apply(payload)
})
connection.onWake(() => {
  resume()
  outbox.load()
})
onPageClosed(outbox.load)
outbox.load().finally(() => {
  outboxLoaded = true
  outbox.drain()
})

// The channels this page follows, with one resume for all after a gap; and its outbox, which drains at every connect.
import { get } from "./http.js"
import * as live from "./live.js"
import { createOutbox } from "./outbox.js"
import { onFreed, shelf } from "./shelf.js"
import { createChannel } from "./store.js"
import { signal } from "./vendor/preact.js"

/** @typedef {import("./types").Entry} Entry */
/** @typedef {import("./types").Window} Window */
/** @typedef {(entry: Entry | null) => void} Listener */
/** @typedef {ReturnType<typeof createEnd>} Channel */

const PAGE = 50
/** How a resume is refused: for now, or because we may not read there any more. */
const LATER = new Set(["busy", "too_fast"]), GONE = new Set(["absent", "denied"])

/** @type {Map<string, Channel>} */
const channels = new Map()
/** @type {Record<string, import("./store.js").Reducer>} */
const reducers = {}
/** @type {Array<(window: any) => void>} */
const heeders = []

/**
 * Say what an entry of this kind does to a channel's items.
 * @param {string} kind @param {import("./store.js").Reducer} reduce
 */
export function reduce(kind, reduce) { reducers[kind] = reduce }

/** Have every window that comes, for the people in it. @param {(window: any) => void} heeder */
export function heed(heeder) { heeders.push(heeder) }

/** @param {string} name */
function createEnd(name) {
  const version = signal(0), n = signal(0), loaded = signal(false)
  /** @type {Set<Listener>} */
  const listeners = new Set()
  /** @type {Set<string>} */
  const asking = new Set()
  const address = `/api/channels/${encodeURIComponent(name)}/window`
  const log = createChannel(name, { reducers, missed: missing => resume([missing]), changed })

  /** @param {Entry | null} entry */
  function changed(entry) {
    n.value = log.n
    loaded.value = log.loaded
    version.value++
    listeners.forEach(heard => heard(entry))
  }

  /** Ask for a window once at a time. @param {string} what @param {(window: Window) => boolean | void} take */
  async function load(what, take) {
    if (asking.has(what)) return undefined
    asking.add(what)
    const answer = await get(`${address}?limit=${PAGE}${what}`)
    asking.delete(what)
    if (answer.error !== undefined) return answer
    heeders.forEach(heeder => heeder(answer.ok))
    if (take(answer.ok) === false) return load(what, take)
    return answer
  }

  return {
    name, log, version, n, loaded,

    /** Whether what is new is shown at the end, not only counted. */
    get atEnd() { return log.latest },

    /** Be called with each entry, and with null when the items changed otherwise; returns how to stop. @param {Listener} heard */
    listen(heard) {
      listeners.add(heard)
      return () => { listeners.delete(heard) }
    },

    /** Have the newest window, unless it is here. @param {{ newest?: boolean }} [how] */
    async open({ newest = false } = {}) {
      if (log.loaded && (log.latest || !newest)) return { ok: null }
      return load("", window => log.reset(window))
    },

    /** Have what stands around an entry. @param {number} seq */
    async around(seq) {
      const items = log.items
      if (log.loaded && items.some(item => item.seq === seq)) return { ok: null }
      return load(`&around=${seq}`, window => log.reset(window))
    },

    async older() {
      if (!log.complete && log.items.length) await load(`&before=${log.items[0].seq}`, window => log.prepend(window))
    },

    async newer() {
      if (log.latest || !log.items.length) return
      await load(`&after=${log.items[log.items.length - 1].seq}`, window => log.append(window))
    },
  }
}

/** The channel, whether it is followed or not. @param {string} name @returns {Channel} */
export function channel(name) {
  let known = channels.get(name)
  if (!known) channels.set(name, known = createEnd(name))
  return known
}

/** @type {Set<string>} */
const followed = new Set()

/**
 * Follow a channel, from a window on or from where it stands.
 * @param {string} name @param {{ cursor?: import("./types").Cursor, n?: number, window?: Window }} [from] @returns {Channel}
 */
export function follow(name, { cursor = [0, ""], n = 0, window } = {}) {
  const end = channel(name)
  if (followed.has(name)) return end
  followed.add(name)
  end.log.begin(cursor, n)
  end.n.value = n
  if (window) {
    end.log.reset(window)
    end.n.value = Math.max(n, end.n.value)
  }
  if (live.online()) resume([name])
  return end
}

/** Stop following a channel, and forget what it said. @param {string} name */
export function unfollow(name) {
  if (!followed.delete(name)) return
  channels.delete(name)
  if (live.online()) live.ask("unsubscribe", { channel: name })
}

/** Have what comes after our cursors sent, for some channels or all; asked again where the server wants us to wait. @param {string[]} [names] @returns {Promise<unknown>} */
export async function resume(names = [...followed]) {
  const cursors = Object.fromEntries(names.filter(name => followed.has(name)).map(name => [name, channel(name).log.cursor]))
  if (!Object.keys(cursors).length) return undefined
  const { ok = {}, code = "", retry_after: after = 1 } = await live.ask("resume", { cursors })
  if (code === "timeout") live.check()
  for (const name of Object.keys(ok)) if (GONE.has(ok[name].code)) followed.delete(name)
  const rest = LATER.has(code) ? names : Object.keys(ok).filter(name => LATER.has(ok[name].code))
  if (!rest.length) return undefined
  await new Promise(resolve => { setTimeout(resolve, after * 1000 * (1 + Math.random())) })
  return live.online() ? resume(rest) : undefined
}

/** What is on its way, for whoever draws it. @type {import("./vendor/preact.js").Signal<import("./types").Job[]>} */
export const jobs = signal([])

/** Whether what earlier pages left is here: nothing goes out before it. */
let loaded = false

/** Everything that is posted goes through here; it outlives the page. */
export const outbox = createOutbox({
  ask: live.ask, online: () => loaded && live.online(), shelf, head: name => followed.has(name) ? channel(name).log.cursor[0] : 0,
  changed: next => { jobs.value = next }, later: (retry, milliseconds) => { setTimeout(retry, milliseconds) },
})

live.greet(() => {
  resume()
  outbox.load()
})
live.listen((event, payload) => {
  const log = followed.has(payload?.channel) ? channel(payload.channel).log : null
  if (event === "reset") {
    heeders.forEach(heeder => heeder(payload))
    log?.replace(payload)
  } else if (event === "heads") {
    const late = Object.entries(payload.heads).filter(([name, head]) => followed.has(name) && channel(name).log.cursor[0] < head)
    if (late.length) resume(late.map(([name]) => name))
  } else if (payload?.seq) log?.apply(payload)
})
live.awake(() => {
  resume()
  outbox.load()
})
onFreed(outbox.load)
outbox.load().then(() => {
  loaded = true
  outbox.drain()
})

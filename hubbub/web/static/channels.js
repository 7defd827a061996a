// The channels this page follows, with one resume for all after a gap; and its outbox, which drains at every connect.
import * as live from "./live.js"
import { createOutbox } from "./outbox.js"
import { createChannel } from "./store.js"
import { signal } from "./vendor/preact.js"

/** @typedef {import("./types").Entry} Entry */
/** @typedef {(entry: Entry | null) => void} Listener */
/** @typedef {import("./vendor/preact.js").Signal<number>} Version */
/** @typedef {{ log: ReturnType<typeof createChannel>, version: Version, listen: (heard: Listener) => void }} Channel */

/** @type {Map<string, Channel>} */
const channels = new Map()
/** @type {Record<string, import("./store.js").Reducer>} */
const reducers = {}

/**
 * Say what an entry of this kind does to a channel's items.
 * @param {string} kind @param {import("./store.js").Reducer} reduce
 */
export function reduce(kind, reduce) { reducers[kind] = reduce }

/** Follow a channel from a window on. @param {import("./types").Window} window @returns {Channel} */
export function follow(window) {
  const version = signal(0)
  /** @type {Listener[]} */
  const listeners = []
  const log = createChannel(window.channel, {
    reducers, missed: name => resume([name]),
    changed: entry => { version.value++; listeners.forEach(heard => heard(entry)) },
  })
  const channel = { log, version, listen: (/** @type {Listener} */ heard) => { listeners.push(heard) } }
  channels.set(window.channel, channel)
  log.reset(window)
  return channel
}

/** Have what comes after our cursors sent, for some channels or all. @param {string[]} [names] */
export function resume(names = [...channels.keys()]) {
  const cursors = Object.fromEntries(names.map(name => [name, channels.get(name)?.log.cursor]))
  return live.ask("resume", { cursors })
}

/** What is on its way, for whoever draws it. @type {import("./vendor/preact.js").Signal<import("./types").Job[]>} */
export const jobs = signal([])

/** Everything that is posted goes through here. */
export const outbox = createOutbox({
  ask: live.ask, online: live.online,
  changed: next => { jobs.value = next }, later: retry => { setTimeout(retry, 1500) },
})

live.greet(() => {
  resume()
  outbox.drain()
})
live.listen((event, payload) => {
  const channel = channels.get(payload?.channel)?.log
  if (event === "reset") channel?.reset(payload)
  else if (payload?.seq) channel?.apply(payload)
})

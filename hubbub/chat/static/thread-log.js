// A thread as this page knows it: its first message and the replies, kept up by the entries of its room.
import { channel as channelOf } from "../../web/static/channels.js"
import { get } from "../../web/static/http.js"
import * as connection from "../../web/static/connection.js"
import { signal } from "../../web/static/vendor/preact.js"
import { meet } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { away } from "./reading.js"
import { itemOf, reducers } from "./reducers.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {import("../../web/static/types").Entry} Entry */
/** @typedef {ReturnType<typeof createThread>} Thread */

const PAGE = 50, LOOK = 500

/** What an entry of the room does to a thread's items. @param {Item[]} items @param {Entry} entry @param {number} root */
export function applyTo(items, entry, root) {
  const { kind, data } = entry
  if (kind === "reply" || kind === "message") {
    if (data.thread !== root) return false
    items.push(itemOf(entry))
    reducers.reply(items, entry)
    return true
  }
  if (!data?.target) return false
  reducers[kind]?.(items, entry)
  return true
}

/** @param {string} name the room's channel @param {number} root */
export function createThread(name, root) {
  const version = signal(0), rule = signal(0), following = signal(false), loaded = signal(false), problem = signal("")
  const address = `/api/channels/${name}/threads/${root}`
  /** @type {Item[]} */
  let items = []
  let complete = false, asking = false, read = 0, inView = 0, looking = false, asOf = 0

  async function load() {
    const { ok, error } = await get(`${address}?limit=${PAGE}`)
    problem.value = error ?? ""
    if (error !== undefined) return
    meet(ok.people)
    items = [ok.root, ...ok.items]
    complete = ok.complete
    following.value = ok.following
    const isPutBack = ok.as_of[0] < asOf
    asOf = ok.as_of[0]
    if (!loaded.value || isPutBack) {
      read = ok.read?.[0] ?? 0
      rule.value = read && following.value ? items.find(({ seq, author }) => seq > read && seq > root && author !== me.value?.id)?.seq ?? 0 : 0
    }
    loaded.value = true
    version.value++
  }

  async function older() {
    if (asking || complete || items.length < 2) return
    asking = true
    const { ok } = await get(`${address}?before=${items[1].seq}&limit=${PAGE}`)
    asking = false
    if (!ok) return
    meet(ok.people)
    items = [items[0], ...ok.items.filter((/** @type {Item} */ { seq }) => seq < items[1].seq), ...items.slice(1)]
    complete = ok.complete
    version.value++
  }

  async function tell() {
    looking = false
    if (away() || inView <= read || !following.value) return
    const { error } = await connection.request("thread_read", { channel: name, root, seq: inView })
    if (error === undefined) read = Math.max(read, inView)
  }

  channelOf(name)?.onChange((/** @type {Entry | null} */ entry) => {
    if (!loaded.peek()) return
    if (!entry) load()
    else if (entry.seq > asOf && applyTo(items, entry, root)) {
      if (entry.author === me.value?.id && (entry.kind === "reply" || entry.kind === "message")) following.value = true
      version.value++
    }
  })

  return {
    version, rule, following, loaded, problem, load, older,
    get items() { return items },
    get complete() { return complete },

    /** Replies up to this one are in view; after a moment they are read. @param {number} seq */
    seen(seq) {
      inView = seq
      if (looking) return
      looking = true
      setTimeout(tell, LOOK)
    },

    /** @param {boolean} on */
    async follow(on) {
      following.value = on
      const { error } = await connection.request("follow_thread", { channel: name, root, on })
      if (error !== undefined) following.value = !on
    },
  }
}

/** @type {Map<string, Thread>} */
const threads = new Map()

/** @param {string} channel @param {number} root */
export function threadOf(channel, root) {
  const id = `${channel}/${root}`, known = threads.get(id) ?? createThread(channel, root)
  threads.set(id, known)
  return known
}

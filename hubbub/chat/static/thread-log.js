// A thread as this page knows it: its root and replies, updated by the entries of its room.
import { channel as channelOf } from "../../web/static/channels.js"
import { get } from "../../web/static/http.js"
import { waitingChange } from "../../web/static/changes.js"
import { getKept } from "../../web/static/kept.js"
import { signal } from "../../web/static/vendor/preact.js"
import { addPeople } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { isAway } from "./read-state.js"
import { itemOf, reducers } from "./reducers.js"
import { followName, followThread, markThreadRead } from "./user-changes.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {import("../../web/static/types").Entry} Entry */
/** @typedef {ReturnType<typeof createThread>} Thread */

const PAGE = 50, DELAY = 500

/** Apply an entry of the room to a thread's items. @param {Item[]} items @param {Entry} entry @param {number} root */
export function applyToThread(items, entry, root) {
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
  const version = signal(0), divider = signal(0), following = signal(false), loaded = signal(false), problem = signal("")
  const address = `/api/channels/${name}/threads/${root}`
  /** @type {Item[]} */
  let items = []
  let complete = false, loadingOlder = false, read = 0, inView = 0, scheduled = false, asOf = 0

  async function load() {
    const { ok, error } = await getKept(`${address}?limit=${PAGE}`)
    problem.value = error ?? ""
    if (error) return
    addPeople(ok.people)
    items = [ok.root, ...ok.items]
    complete = ok.complete
    following.value = waitingChange(followName(name, root))?.on ?? ok.following
    const serverWasRestored = ok.as_of[0] < asOf
    asOf = ok.as_of[0]
    if (!loaded.value || serverWasRestored) {
      read = ok.cursor?.[0] ?? 0
      divider.value = read && following.value ? items.find(({ seq, author, deleted }) => seq > read && seq > root && !deleted && author !== me.value?.id)?.seq ?? 0 : 0
    }
    loaded.value = true
    version.value++
  }

  async function loadOlder() {
    if (loadingOlder || complete || items.length < 2) return
    loadingOlder = true
    const { ok } = await get(`${address}?before=${items[1].seq}&limit=${PAGE}`)
    loadingOlder = false
    if (!ok) return
    addPeople(ok.people)
    items = [items[0], ...ok.items.filter((/** @type {Item} */ { seq }) => seq < items[1].seq), ...items.slice(1)]
    complete = ok.complete
    version.value++
  }

  function markRead() {
    scheduled = false
    if (isAway() || inView <= read || !following.value) return
    read = inView
    markThreadRead(name, root, inView, items.filter(({ seq, deleted }) => seq > inView && !deleted).length)
  }

  channelOf(name)?.onChange((/** @type {Entry | null} */ entry) => {
    if (!loaded.peek()) return
    if (!entry) load()
    else if (entry.seq > asOf && applyToThread(items, entry, root)) {
      if (entry.author === me.value?.id && (entry.kind === "reply" || entry.kind === "message")) following.value = true
      version.value++
    }
  })

  return {
    version, divider, following, loaded, problem, load, loadOlder,
    get items() { return items },
    get complete() { return complete },

    /** Replies up to this one are visible; mark them as read after a moment. @param {number} seq */
    seen(seq) {
      inView = seq
      if (scheduled) return
      scheduled = true
      setTimeout(markRead, DELAY)
    },

    /** @param {boolean} on */
    async follow(on) {
      following.value = on
      const { error } = await followThread(name, root, on)
      if (error) following.value = !on
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

// My state on this server, computed from a snapshot and the events pushed since, whichever arrived first.

/** @typedef {import("../../web/static/types").Room} Room */
/** @typedef {import("../../web/static/types").Entry} Entry */
/** @typedef {{ seq: number, n: number, version: number }} ReadCursor */
/** @typedef {{ channel: string, root: number, seq: number, n: number, version: number, replies: number, newest: number }} Followed */
/** @typedef {Array<[number, number]>} Runs numbers, as [first, last] of each run without a gap */
/** @typedef {ReadonlyMap<string, number>} Saved the version of each saved message, by `channel/seq`; negative if it is not saved any more */
/** @typedef {ReturnType<typeof createProjection>} Projection */

/**
 * How an entry changes the room itself.
 * @type {Record<string, (known: Room, data: any, me: number) => Partial<Room>>}
 */
const CHANGES = {
  renamed: (_, { name }) => ({ name }), topic: (_, { topic }) => ({ topic }), archived: (_, { on }) => ({ archived: on }),
  joined: ({ members }) => ({ members: members + 1 }), left: ({ members }) => ({ members: members - 1 }),
  role: (_, { person, role }, me) => person === me ? { role } : {},
}

/**
 * Return the map with one value set, or removed if undefined.
 * @template V @param {ReadonlyMap<string, V>} map @param {string} key @param {V | undefined} value
 */
function put(map, key, value) {
  const next = new Map(map)
  if (value === undefined) next.delete(key)
  else next.set(key, value)
  return next
}

/**
 * Return how many of the numbers after `n` up to `last` count; `uncounted` are the runs of those that were deleted.
 * @param {number} n @param {number} last @param {Runs} [uncounted]
 */
export function count(n, last, uncounted = []) {
  return Math.max(0, last - n - uncounted.reduce((sum, [first, end]) => sum + Math.max(0, end - Math.max(first - 1, n)), 0))
}

/** Create the projection; its maps are never changed in place. @param {number} me my id */
export function createProjection(me) {
  const userChannel = `user:${me}`
  /** The seq up to which entries of each channel are applied. @type {Map<string, number>} */
  const appliedUpTo = new Map()
  /** The events pushed since a snapshot was requested. @type {Array<[string, any]> | null} */
  let pushedSince = null
  const state = {
    rooms: /** @type {ReadonlyMap<string, Room>} */ (new Map()),
    previews: /** @type {ReadonlyMap<string, Room>} */ (new Map()),
    cursors: /** @type {ReadonlyMap<string, ReadCursor>} */ (new Map()),
    mentions: /** @type {ReadonlyMap<string, number[]>} */ (new Map()),
    threads: /** @type {Followed[]} */ ([]),
    /** What does not count as unread any more, by room, and by thread as `room/root`. */
    uncounted: /** @type {ReadonlyMap<string, Runs>} */ (new Map()),
    sidebar: /** @type {import("../../people/static/arrangement.js").Arrangement} */ (new Map()),
    saved: /** @type {Saved} */ (new Map()),
  }

  /** @param {string} name */
  const version = name => state.cursors.get(name)?.version ?? 0

  /** Add a room of mine, as of its `head`; it may arrive before or after its own entries. @param {Room} room */
  function addRoom(room) {
    const known = state.rooms.get(room.channel)
    if (known && known.head[0] > room.head[0]) return
    if (!appliedUpTo.has(room.channel)) appliedUpTo.set(room.channel, room.head[0])
    state.rooms = put(state.rooms, room.channel, room)
    state.previews = put(state.previews, room.channel, undefined)
  }

  /** @param {string} name */
  function removeRoom(name) {
    appliedUpTo.delete(name)
    state.rooms = put(state.rooms, name, undefined)
    state.mentions = put(state.mentions, name, undefined)
    state.threads = state.threads.filter(({ channel }) => channel !== name)
  }

  /** Whether an entry mentions me. @param {Entry} entry */
  function mentionsMe({ author, data }) {
    if (author === me || !data.mentions) return false
    return "room" in data.mentions || Object.values(data.mentions).includes(me) || Boolean(data.here?.includes(me))
  }

  /** Apply an entry of a room. @param {string} name @param {Entry} entry */
  function applyEntry(name, entry) {
    const { kind, seq, data } = entry, mentions = state.mentions.get(name) ?? []
    if (kind === "message" || kind === "reply") {
      if (mentionsMe(entry) && !mentions.includes(seq)) state.mentions = put(state.mentions, name, [...mentions, seq])
      if (data.thread) updateThread(name, data.thread, thread => seq > thread.newest ? { replies: thread.replies + 1, newest: seq } : {})
    } else if (kind === "edited" || kind === "deleted") {
      const rest = mentions.filter(one => one !== data.target)
      const next = kind === "edited" && mentionsMe(entry) ? [...rest, data.target].sort((a, b) => a - b) : rest
      if (next.length || mentions.length) state.mentions = put(state.mentions, name, next)
      if (kind === "edited") return
      uncount(name, data.n)
      uncount(`${name}/${data.thread}`, data.nth)
      state.threads = state.threads.filter(({ channel, root }) => channel !== name || root !== data.target)
    } else {
      const where = state.rooms.has(name) ? "rooms" : "previews", known = state[where].get(name)
      if (!known || !CHANGES[kind] || seq <= known.head[0]) return
      state[where] = put(state[where], name, { ...known, ...CHANGES[kind](known, data, me), head: [seq, entry.key] })
    }
  }

  /** Stop counting a deleted entry. @param {string} counter @param {number} [n] */
  function uncount(counter, n) {
    if (n) state.uncounted = put(state.uncounted, counter, [...(state.uncounted.get(counter) ?? []), [n, n]])
  }

  /** @param {string} name @param {number} root @param {(thread: Followed) => Partial<Followed>} made */
  function updateThread(name, root, made) {
    state.threads = state.threads.map(one => one.channel === name && one.root === root ? { ...one, ...made(one) } : one)
  }

  /** The signals of my own channel: changes from my other devices. @type {Record<string, (signal: any) => void>} */
  const signals = {
    cursor(moved) {
      if (moved.version > version(moved.channel)) setCursor(moved.channel, { seq: moved.seq, n: moved.n, version: moved.version })
    },
    mentions({ channel, seqs, uncounted }) {
      state.mentions = put(state.mentions, channel, seqs)
      state.uncounted = put(state.uncounted, channel, uncounted)
    },
    sidebar(changed) {
      for (const [name, [value, version]] of Object.entries(changed)) {
        if (version > (state.sidebar.get(name)?.[1] ?? 0)) state.sidebar = put(state.sidebar, name, [value, version])
      }
    },
    saved({ channel, seq, on, version }) {
      const id = `${channel}/${seq}`
      if (version > Math.abs(state.saved.get(id) ?? 0)) state.saved = put(state.saved, id, on ? version : -version)
    },
    following({ on, head, ...thread }) {
      const rest = state.threads.filter(({ channel, root }) => channel !== thread.channel || root !== thread.root)
      state.threads = on ? [thread, ...rest] : rest
    },
    thread_cursor({ channel, root, seq, n, version, uncounted }) {
      if (uncounted) state.uncounted = put(state.uncounted, `${channel}/${root}`, uncounted)
      updateThread(channel, root, thread => version > thread.version ? { seq, n, version } : {})
    },
  }

  /** @param {string} name @param {ReadCursor} where */
  function setCursor(name, where) { state.cursors = put(state.cursors, name, where) }

  /** Apply a pushed event. @param {string} event @param {any} payload */
  function applyEvent(event, payload) {
    pushedSince?.push([event, payload])
    const { channel: name, seq, data } = payload
    if (!seq) {
      const isOld = data?.head < (appliedUpTo.get(data.channel) ?? Infinity) // the room has more entries since: the snapshot includes it
      if (name === userChannel && data && !isOld) signals[event]?.(data)
    } else if (seq > (appliedUpTo.get(name) ?? Infinity)) {
      appliedUpTo.set(name, seq)
      if (name !== userChannel) applyEntry(name, payload)
      else if (event === "room") addRoom(data)
      else if (event === "room_left") removeRoom(data.channel)
    }
  }

  return {
    state, applyEvent, setCursor,

    /** Show how far I have read a thread, before the server has it. @param {{ channel: string, root: number, seq: number }} read @param {number} n replies that I read */
    setThreadCursor({ channel, root, seq }, n) { updateThread(channel, root, () => ({ seq, n })) },

    /** Show that I do not follow a thread any more. @param {{ channel: string, root: number }} left */
    unfollow(left) { state.threads = state.threads.filter(({ channel, root }) => channel !== left.channel || root !== left.root) },

    /** Show that a message is saved for later, or not any more; a version of the server is newer. @param {string} id @param {boolean} on */
    setSaved(id, on) {
      const version = Math.abs(state.saved.get(id) ?? 0) || .5
      state.saved = put(state.saved, id, on ? version : -version)
    },

    /** A snapshot was requested: remember what is pushed from here on. */
    startRefresh() { pushedSince = [] },

    /** Replace the state by a snapshot, then apply what was pushed meanwhile. @param {any} window */
    applySnapshot(window) {
      const pushed = pushedSince ?? []
      pushedSince = null
      for (const name of state.rooms.keys()) appliedUpTo.delete(name)
      state.rooms = new Map(window.rooms.map((/** @type {Room} */ room) => [room.channel, room]))
      state.previews = new Map([...state.previews].filter(([name]) => !state.rooms.has(name)))
      for (const { channel, head } of state.rooms.values()) appliedUpTo.set(channel, head[0])
      appliedUpTo.set(userChannel, window.as_of[0])
      state.cursors = new Map(Object.entries(window.cursors).map(([name, [seq, n, version]]) => [name, { seq, n, version }]))
      state.mentions = new Map(Object.entries(window.mentions))
      state.threads = window.threads
      state.uncounted = new Map(Object.entries(window.uncounted))
      state.sidebar = new Map(Object.entries(window.sidebar))
      state.saved = new Map(window.saved.map((/** @type {[string, number, number]} */ [channel, seq, version]) => [`${channel}/${seq}`, version]))
      for (const [event, payload] of pushed) applyEvent(event, payload)
    },

    /** Set or remove the preview of a room that I am not a member of. @param {string} name @param {Room} [room] */
    setPreview(name, room) {
      state.previews = put(state.previews, name, room)
      if (!room) appliedUpTo.delete(name)
      else if (!appliedUpTo.has(name)) appliedUpTo.set(name, room.head[0])
    },
  }
}

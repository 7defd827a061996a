// How I stand, reckoned: a standing as of some moment and what was pushed since, whichever of the two came first.

/** @typedef {import("../../web/static/types").Room} Room */
/** @typedef {import("../../web/static/types").Entry} Entry */
/** @typedef {{ seq: number, n: number, version: number }} Place */
/** @typedef {{ channel: string, root: number, seq: number, n: number, version: number, replies: number, newest: number }} Followed */
/** @typedef {ReturnType<typeof createBadges>} Badges */

/** What of the room itself an entry changes. @type {Record<string, (known: Room, data: any, me: number) => Partial<Room>>} */
const CHANGES = {
  renamed: (_, { name }) => ({ name }), topic: (_, { topic }) => ({ topic }), archived: (_, { on }) => ({ archived: on }),
  joined: ({ members }) => ({ members: members + 1 }), left: ({ members }) => ({ members: members - 1 }),
  role: (_, { person, role }, me) => person === me ? { role } : {},
}

/** A map with one value put in, or taken out. @template V @param {ReadonlyMap<string, V>} map @param {string} key @param {V | undefined} value */
function put(map, key, value) {
  const next = new Map(map)
  if (value === undefined) next.delete(key)
  else next.set(key, value)
  return next
}

/** Its maps are never changed in place. @param {number} me my id */
export function createBadges(me) {
  const own = `own:${me}`
  /** Up to which entry of each channel this is true. @type {Map<string, number>} */
  const stood = new Map()
  /** What was pushed since a standing was asked for. @type {Array<[string, any]> | null} */
  let since = null
  const now = {
    rooms: /** @type {ReadonlyMap<string, Room>} */ (new Map()),
    previews: /** @type {ReadonlyMap<string, Room>} */ (new Map()),
    cursors: /** @type {ReadonlyMap<string, Place>} */ (new Map()),
    mentions: /** @type {ReadonlyMap<string, number[]>} */ (new Map()),
    threads: /** @type {Followed[]} */ ([]),
  }

  /** @param {string} name */
  const version = name => now.cursors.get(name)?.version ?? 0

  /** A room of mine, true as of its `head`; it may come before or after its own entries. @param {Room} said */
  function enter(said) {
    const known = now.rooms.get(said.channel)
    if (known && known.head[0] > said.head[0]) return
    if (!stood.has(said.channel)) stood.set(said.channel, said.head[0])
    now.rooms = put(now.rooms, said.channel, said)
    now.previews = put(now.previews, said.channel, undefined)
  }

  /** @param {string} name */
  function quit(name) {
    stood.delete(name)
    now.rooms = put(now.rooms, name, undefined)
    now.mentions = put(now.mentions, name, undefined)
    now.threads = now.threads.filter(({ channel }) => channel !== name)
  }

  /** Whether an entry calls me. @param {Entry} entry */
  function calls({ author, data }) {
    if (author === me || !data.mentions) return false
    return "room" in data.mentions || Object.values(data.mentions).includes(me) || Boolean(data.here?.includes(me))
  }

  /** What an entry of a room changes for me. @param {string} name @param {Entry} entry */
  function hear(name, entry) {
    const { kind, seq, data } = entry, called = now.mentions.get(name) ?? []
    if (kind === "message" || kind === "reply") {
      if (calls(entry) && !called.includes(seq)) now.mentions = put(now.mentions, name, [...called, seq])
      if (data.thread) change(name, data.thread, thread => seq > thread.newest ? { replies: thread.replies + 1, newest: seq } : {})
    } else if (kind === "edited" || kind === "deleted") {
      const rest = called.filter(one => one !== data.target)
      const next = kind === "edited" && calls(entry) ? [...rest, data.target].sort((a, b) => a - b) : rest
      if (next.length || called.length) now.mentions = put(now.mentions, name, next)
      if (kind === "deleted") now.threads = now.threads.filter(({ channel, root }) => channel !== name || root !== data.target)
    } else {
      const where = now.rooms.has(name) ? "rooms" : "previews", known = now[where].get(name)
      if (!known || !CHANGES[kind] || seq <= known.head[0]) return
      now[where] = put(now[where], name, { ...known, ...CHANGES[kind](known, data, me), head: [seq, entry.key] })
    }
  }

  /** @param {string} name @param {number} root @param {(thread: Followed) => Partial<Followed>} made */
  function change(name, root, made) {
    now.threads = now.threads.map(one => one.channel === name && one.root === root ? { ...one, ...made(one) } : one)
  }

  /** The signals of my own channel: what another device did. @type {Record<string, (said: any) => void>} */
  const signals = {
    cursor(said) {
      if (said.version > version(said.channel)) place(said.channel, { seq: said.seq, n: said.n, version: said.version })
    },
    mentions({ channel, seqs }) { now.mentions = put(now.mentions, channel, seqs) },
    following({ on, head, ...said }) {
      const rest = now.threads.filter(({ channel, root }) => channel !== said.channel || root !== said.root)
      now.threads = on ? [said, ...rest] : rest
    },
    thread_cursor({ channel, root, seq, n, version }) {
      change(channel, root, thread => version > thread.version ? { seq, n, version } : {})
    },
  }

  /** @param {string} name @param {Place} where */
  function place(name, where) { now.cursors = put(now.cursors, name, where) }

  /** Have what was pushed. @param {string} event @param {any} payload */
  function take(event, payload) {
    since?.push([event, payload])
    const { channel: name, seq, data } = payload
    if (!seq) {
      const isOld = data?.head < (stood.get(data.channel) ?? Infinity) // said in a room that has gone on: the standing has it
      if (name === own && data && !isOld) signals[event]?.(data)
    } else if (seq > (stood.get(name) ?? Infinity)) {
      stood.set(name, seq)
      if (name !== own) hear(name, payload)
      else if (event === "room") enter(data)
      else if (event === "gone") quit(data.channel)
    }
  }

  return {
    now, take, place,

    /** A standing is on its way: what is pushed from here on comes after it, or before. */
    expect() { since = [] },

    /** Take the whole of it, and then what was pushed meanwhile. @param {any} window */
    stand(window) {
      const pushed = since ?? []
      since = null
      for (const name of now.rooms.keys()) stood.delete(name)
      now.rooms = new Map(window.rooms.map((/** @type {Room} */ room) => [room.channel, room]))
      now.previews = new Map([...now.previews].filter(([name]) => !now.rooms.has(name)))
      for (const { channel, head } of now.rooms.values()) stood.set(channel, head[0])
      stood.set(own, window.as_of[0])
      now.cursors = new Map(Object.entries(window.cursors).map(([name, [seq, n, version]]) => [name, { seq, n, version }]))
      now.mentions = new Map(Object.entries(window.mentions))
      now.threads = window.threads
      for (const [event, payload] of pushed) take(event, payload)
    },

    /** Look into a room that I am not in, or no more. @param {string} name @param {Room} [room] */
    preview(name, room) {
      now.previews = put(now.previews, name, room)
      if (!room) stood.delete(name)
      else if (!stood.has(name)) stood.set(name, room.head[0])
    },
  }
}

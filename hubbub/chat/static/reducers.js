// What each kind of entry does to a room's items; the same as the server's projection.

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {import("../../web/static/types").Entry} Entry */

const MAX_FACES = 5
const ROOM_EVENTS = ["joined", "left", "renamed", "topic", "archived", "created"]

/** Return the index of the item with this seq, or -1. @param {Item[]} items @param {number} seq */
export function indexOf(items, seq) {
  let low = 0, high = items.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (items[middle].seq === seq) return middle
    if (items[middle].seq < seq) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/**
 * Replace the item with this seq. Items are never changed in place, so that rows can compare them.
 * @param {Item[]} items @param {number} seq @param {(item: Item) => Item} change
 */
function update(items, seq, change) {
  const index = indexOf(items, seq)
  if (index >= 0) items[index] = tidy(change(items[index]))
}

/** Return the item without empty fields. @param {Item} item @returns {Item} */
function tidy(item) {
  const parts = Object.entries(item).filter(([name, value]) => name === "text" || !empty(value))
  return /** @type {Item} */ (/** @type {unknown} */ (Object.fromEntries(parts)))
}

/** @param {any} value */
function empty(value) {
  if (value === undefined || value === null || value === false) return true
  return typeof value === "object" && Object.keys(value).length === 0
}

/** The attachments of other slices, by the field of a message that holds them. @type {Set<string>} */
const attachmentKinds = new Set()

/** Create the item of a message entry. @param {Entry} entry @returns {Item} */
export function itemOf({ seq, n, author, at, key, data }) {
  const { text = "", mentions, files, quote, thread, quotes, alias } = data
  const attached = Object.fromEntries([...attachmentKinds].map(kind => [kind, data[kind]]))
  return tidy({ kind: "message", seq, n, author, at, key, text, mentions, files, quote: quote || undefined, thread: thread || undefined, quotes, alias, ...attached })
}

/** Count a reply at the message it replies to. @param {Item[]} items @param {Entry} entry */
function addReply(items, { seq, author, at, data }) {
  update(items, data.thread, item => {
    const { n = 0, people = [] } = item.replies ?? {}
    const faces = people.includes(author) ? people : [...people, author].slice(0, MAX_FACES)
    return { ...item, replies: { n: n + 1, newest: seq, at, people: faces } }
  })
}

/** @param {Item} item @param {string} emoji @param {number} person @param {boolean} on @returns {Item} */
function react(item, emoji, person, on) {
  const before = item.reactions?.[emoji] ?? []
  if (before.includes(person) === on) return item
  const people = on ? [...before, person] : before.filter(id => id !== person)
  const { [emoji]: _, ...rest } = item.reactions ?? {}
  if (!people.length) return { ...item, reactions: rest }
  return { ...item, reactions: { ...item.reactions, [emoji]: people } }
}

/** @typedef {(items: Item[], entry: Entry) => void} Reducer */

/** @type {Record<string, Reducer>} */
export const reducers = {
  message(items, entry) {
    items.push(itemOf(entry))
    if (entry.data.thread) addReply(items, entry)
  },

  reply: addReply,

  edited(items, { at, data }) {
    update(items, data.target, item => ({ ...item, text: data.text ?? "", mentions: data.mentions, edited: at }))
  },

  deleted(items, { data }) {
    update(items, data.target, ({ kind, seq, n, author, at, key, thread, replies }) =>
      ({ kind, seq, n, author, at, key, text: "", thread, replies, deleted: true }))
  },

  reacted(items, { author, data }) {
    update(items, data.target, item => react(item, data.emoji, author, data.on))
  },

  pinned(items, { at, data }) {
    update(items, data.target, item => ({ ...item, pinned: data.on ? at : undefined }))
  },

  ...Object.fromEntries(ROOM_EVENTS.map(kind => [kind, /** @type {Reducer} */ (items, { seq, n, author, at, key, data }) => {
    items.push({ kind, seq, n, author, at, key, text: "", data })
  }])),
}

/**
 * Keep attachments of this kind in messages, and change them by entries whose `target` is the message.
 * @param {string} kind @param {string} name of the entry's kind @param {(value: any, entry: Entry) => any} apply
 */
export function addAttachment(kind, name, apply) {
  attachmentKinds.add(kind)
  reducers[name] = (items, entry) => update(items, entry.data.target, item => {
    const value = /** @type {any} */ (item)[kind]
    return value ? { ...item, [kind]: apply(value, entry) } : item
  })
}

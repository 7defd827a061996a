// One channel's log as this page holds it: a window of items, a cursor, and one reducer for live, replayed and own
// entries.

import { report } from "./guard.js"

/** @typedef {import("./types").Entry} Entry */
/** @typedef {import("./types").Item} Item */
/** @typedef {import("./types").Window} Window */
/** @typedef {(items: Item[], entry: Entry, name: string) => void} Reducer */

const MAX_RECENT = 300

/** Return the index of the first item with this seq or a later one. @param {Item[]} items @param {number} seq */
export function firstIndexFrom(items, seq) {
  let low = 0, high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (items[middle].seq < seq) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Create a channel's log. Items change in place; `onChange` is called after each change, with the entry if there is
 * one. Before a window is loaded only the cursor is known. While the window is not the newest one, new messages are
 * counted but not shown.
 * @param {string} name
 * @param {{ reducers: Record<string, Reducer>, onGap: (name: string) => Promise<unknown>,
 *           onChange?: (entry: Entry | null) => void }} parts
 */
export function createChannelLog(name, { reducers, onGap, onChange = () => {} }) {
  /** @type {Item[]} */
  let items = []
  /** @type {import("./types").Cursor} */
  let cursor = [0, ""]
  let n = 0, loaded = false, complete = false, latest = true, filling = false, generation = 0
  /** The entries applied most recently, for windows that were read before them. @type {Entry[]} */
  let recent = []

  function reportGap() {
    if (filling) return
    filling = true
    onGap(name).finally(() => { filling = false })
  }

  /** @param {Entry} entry */
  function reduce(entry) {
    const before = items.length
    try {
      reducers[entry.kind]?.(loaded ? items : [], entry, name)
    } catch (error) { report(`Entry ${entry.seq} of kind ${entry.kind} in ${name}`, error) }
    if (!latest && items.length > before) items.length = before
  }

  /**
   * Apply the entries that arrived after the window was read. Return false if they are no longer known.
   * @param {Window} window
   */
  function catchUp(window) {
    const [seq] = window.as_of
    if (seq >= cursor[0]) {
      cursor = window.as_of
      return true
    }
    const since = recent.filter(entry => entry.seq > seq)
    if (since[0]?.seq !== seq + 1) return false
    since.forEach(reduce)
    return true
  }

  return {
    name,
    get items() { return items },
    get cursor() { return cursor },
    get n() { return n },
    get loaded() { return loaded },
    get complete() { return complete },
    get latest() { return latest },
    /** Counts how often the items were dropped, so that a window requested before can be recognised. */
    get generation() { return generation },

    /**
     * Set only the cursor and the count. Items of another cursor are dropped; new ones come with a window.
     * @param {import("./types").Cursor} at @param {number} count
     */
    startAt(at, count) {
      if (at[0] !== cursor[0]) {
        items = []
        recent = []
        loaded = complete = false
        latest = true
        generation++
      }
      cursor = at
      n = count
      onChange(null)
    },

    /**
     * Apply the next entry. Drop an entry that was applied already; request the missing ones if there is a gap.
     * @param {Entry} entry
     */
    apply(entry) {
      if (entry.seq <= cursor[0]) return
      if (entry.seq > cursor[0] + 1) return reportGap()
      reduce(entry)
      recent.push(entry)
      if (recent.length > MAX_RECENT) recent = recent.slice(-MAX_RECENT / 2)
      cursor = [entry.seq, entry.key]
      n = entry.n
      onChange(entry)
    },

    /**
     * Replace all items by this window.
     * @param {Window} window @returns {boolean} false: the window is too old to be brought up to date
     */
    reset(window) {
      const before = { items, complete, latest }
      items = [...window.items]
      complete = window.complete ?? (items.length === 0 || items[0].n <= 1)
      latest = window.latest ?? true
      if (!catchUp(window)) {
        ({ items, complete, latest } = before)
        return false
      }
      loaded = true
      n = Math.max(n, items[items.length - 1]?.n ?? 0)
      onChange(null)
      return true
    },

    /**
     * Replace everything, even if that moves the cursor back: the server was restored to an earlier state.
     * @param {Window} window
     */
    replace(window) {
      cursor = [0, ""]
      recent = []
      n = 0
      return this.reset(window)
    },

    /** Add an older window before the items. @param {Window} window */
    prepend(window) {
      const first = items[0]?.seq ?? Infinity
      items.unshift(...window.items.filter(item => item.seq < first))
      complete = window.complete ?? (items.length === 0 || items[0].n <= 1)
      onChange(null)
    },

    /** Add a newer window after the items. @param {Window} window */
    append(window) {
      const last = items[items.length - 1]?.seq ?? 0
      items.push(...window.items.filter(item => item.seq > last))
      if (window.latest) latest = catchUp(window)
      onChange(null)
    },
  }
}

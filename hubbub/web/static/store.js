// One kept channel: a window of items, a cursor, and the one reducer through which live, replayed and own entries go.

/** @typedef {import("./types").Entry} Entry */
/** @typedef {import("./types").Item} Item */
/** @typedef {import("./types").Window} Window */
/** @typedef {(items: Item[], entry: Entry, name: string) => void} Reducer */

const KEPT = 300

/** Where the first item stands that is not older than `seq`. @param {Item[]} items @param {number} seq */
export function place(items, seq) {
  let low = 0, high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (items[middle].seq < seq) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The channel as this page knows it.  Items change in place; `changed` says so, with the entry where there is one.
 * Before a window came only the cursor is known; with a window from the middle new messages are counted, not shown.
 * @param {string} name
 * @param {{ reducers: Record<string, Reducer>, missed: (name: string) => Promise<unknown>,
 *           changed?: (entry: Entry | null) => void }} parts
 */
export function createChannel(name, { reducers, missed, changed = () => {} }) {
  /** @type {Item[]} */
  let items = []
  /** @type {import("./types").Cursor} */
  let cursor = [0, ""]
  let n = 0, loaded = false, complete = false, latest = true, asking = false
  /** What was applied last, for windows that were read before it. @type {Entry[]} */
  let recent = []

  function hole() {
    if (asking) return
    asking = true
    missed(name).finally(() => { asking = false })
  }

  /** @param {Entry} entry */
  function reduce(entry) {
    const before = items.length
    reducers[entry.kind]?.(items, entry, name)
    if (!latest && items.length > before) items.length = before
  }

  /** Bring what a window says up to what was heard since; false when that is not known any more. @param {Window} window */
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

    /** Only where the channel stands; its items come with a window. @param {import("./types").Cursor} at @param {number} count */
    begin(at, count) {
      cursor = at
      n = count
    },

    /** Apply the next entry; an older one is dropped, and one beyond it has the rest asked for. @param {Entry} entry */
    apply(entry) {
      if (entry.seq <= cursor[0]) return
      if (entry.seq > cursor[0] + 1) return hole()
      if (loaded) reduce(entry)
      else reducers[entry.kind]?.([], entry, name)
      recent.push(entry)
      if (recent.length > KEPT) recent = recent.slice(-KEPT / 2)
      cursor = [entry.seq, entry.key]
      n = entry.n
      changed(entry)
    },

    /** What was here is void: go on from this window. @param {Window} window @returns {boolean} false: it came too late */
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
      changed(null)
      return true
    },

    /** The same where histories forked, and the cursor goes wherever the window is. @param {Window} window */
    replace(window) {
      cursor = [0, ""]
      recent = []
      n = 0
      return this.reset(window)
    },

    /** Put an older window before what is here. @param {Window} window */
    prepend(window) {
      const first = items[0]?.seq ?? Infinity
      items.unshift(...window.items.filter(item => item.seq < first))
      complete = window.complete ?? (items.length === 0 || items[0].n <= 1)
      changed(null)
    },

    /** Put a newer window after what is here. @param {Window} window */
    append(window) {
      const last = items[items.length - 1]?.seq ?? 0
      items.push(...window.items.filter(item => item.seq > last))
      if (window.latest) latest = catchUp(window)
      changed(null)
    },
  }
}

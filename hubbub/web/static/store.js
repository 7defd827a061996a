// One kept channel: a window of items, a cursor, and the one reducer through which live, replayed and own entries go.

/** @typedef {import("./types").Entry} Entry */
/** @typedef {import("./types").Item} Item */
/** @typedef {import("./types").Window} Window */
/** @typedef {(items: Item[], entry: Entry) => void} Reducer */

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
 * @param {string} name
 * @param {{ reducers: Record<string, Reducer>, missed: (name: string) => Promise<unknown>,
 *           changed?: (entry: Entry | null) => void }} parts
 */
export function createChannel(name, { reducers, missed, changed = () => {} }) {
  /** @type {Item[]} */
  let items = []
  /** @type {import("./types").Cursor} */
  let cursor = [0, ""]
  let asking = false

  function hole() {
    if (asking) return
    asking = true
    missed(name).finally(() => { asking = false })
  }

  return {
    name,
    get items() { return items },
    get cursor() { return cursor },
    get complete() { return items.length === 0 || items[0].n <= 1 },

    /** Apply the next entry; an older one is dropped, and one beyond it has the rest asked for. @param {Entry} entry */
    apply(entry) {
      if (entry.seq <= cursor[0]) return
      if (entry.seq > cursor[0] + 1) return hole()
      reducers[entry.kind]?.(items, entry)
      cursor = [entry.seq, entry.key]
      changed(entry)
    },

    /** What was here is void: go on from this window. @param {Window} window */
    reset(window) {
      items = [...window.items]
      cursor = window.as_of
      changed(null)
    },

    /** Put an older window before what is here. @param {Window} window */
    prepend(window) {
      const first = items[0]?.seq ?? Infinity
      items.unshift(...window.items.filter(item => item.seq < first))
      changed(null)
    },
  }
}

// The scroll state of a list: at the newest message, or anchored to a row; and row heights, measured or estimated.
import { isHidden, isRoomEvent } from "./rows.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {{ id: string, y: number }} Anchor a row and its distance from the upper edge of the box */
/** @typedef {ReturnType<typeof createScrollState>} ScrollState */

const NEAR = 80, ROW_HEIGHT = 56, EVENT_HEIGHT = 26

/**
 * Return the first row that ends below `y`.
 * @param {HTMLElement} rows @param {number} y @returns {HTMLElement | null}
 */
function firstBelow(rows, y) {
  let low = 0, high = rows.children.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows.children[middle].getBoundingClientRect().bottom > y) high = middle
    else low = middle + 1
  }
  return /** @type {HTMLElement | null} */ (rows.children[low] ?? null)
}

export function createScrollState() {
  /** @type {Anchor | null} */
  let anchor = null
  /** The box at the last measurement. */
  let lastBox = { top: 0, height: 0, view: 0 }

  return {
    stuck: true,
    /** The seqs of the rendered rows; null: the newest. @type {{ from: number, to: number } | null} */
    range: null,
    /** The newest seq when the newest messages were last visible. */
    head: 0,

    /** Stay at the newest message. */
    stickToEnd() {
      this.stuck = true
      this.range = anchor = null
      lastBox.height = 0
    },

    /** Anchor to this row at `y` below the upper edge. @param {string} id @param {number} y */
    anchorAt(id, y) {
      this.stuck = false
      anchor = { id, y }
      lastBox.height = 0
    },

    /** Move the row being read back to where it was. @param {HTMLElement} box @param {HTMLElement} rows */
    restore(box, rows) {
      const unchanged = lastBox.height === box.scrollHeight && lastBox.view === box.clientHeight
      if (unchanged && Math.abs(lastBox.top - box.scrollTop) > 1) return // it was scrolled just now, and the event is still to come
      const row = anchor && rows.querySelector(`[data-id="${CSS.escape(anchor.id)}"]`)
      if (this.stuck) box.scrollTop = box.scrollHeight
      else if (anchor && row) box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.y
      lastBox = { top: box.scrollTop, height: box.scrollHeight, view: box.clientHeight }
    },

    /**
     * Note the scroll position. Return the seqs at the top and the bottom of the view, or null if no row is rendered
     * there.
     * @param {HTMLElement} box @param {HTMLElement} rows @param {boolean} live whether the newest row is rendered
     */
    onScroll(box, rows, live) {
      if (box.clientHeight !== lastBox.view) this.restore(box, rows) // the box was resized, by which the browser scrolled
      const { top } = box.getBoundingClientRect(), bottom = top + box.clientHeight
      lastBox = { top: box.scrollTop, height: box.scrollHeight, view: box.clientHeight }
      this.stuck = live && box.scrollHeight - box.scrollTop - box.clientHeight <= NEAR
      const row = firstBelow(rows, top), last = firstBelow(rows, bottom)
      const place = row?.getBoundingClientRect()
      if (!row || !place || place.top > bottom || place.bottom < top) { anchor = null; return null }
      anchor = this.stuck ? null : { id: row.dataset.id ?? "", y: place.top - top }
      const whole = last && last.getBoundingClientRect().bottom <= bottom + 1 ? last : last?.previousElementSibling ?? last
      return { first: Number(row.dataset.seq), last: Number(/** @type {HTMLElement} */ (whole)?.dataset.to) }
    },
  }
}

/** Row heights: measured when rendered, estimated before, so that spacers can replace rows that are not rendered. */
export function createRowHeights() {
  /** By seq; of grouped room events, the first has the height. @type {Map<number, number>} */
  const heights = new Map()
  /** @param {Item} item */
  const heightOf = item => heights.get(item.seq) ?? (isHidden(item) ? 0 : isRoomEvent(item) ? EVENT_HEIGHT : ROW_HEIGHT)

  return {
    /** Note the heights of the rendered rows. @param {HTMLElement} rows @param {import("./rows.js").Row[]} drawn */
    measure(rows, drawn) {
      drawn.forEach(({ item, lines }, index) => {
        const row = /** @type {HTMLElement | undefined} */ (rows.children[index])
        if (!row || item.seq === Infinity) return
        lines?.forEach(({ seq }) => heights.set(seq, 0))
        heights.set(item.seq, row.offsetHeight)
      })
    },

    /** Return the index of the item at `y` below the first one. @param {Item[]} items @param {number} y */
    locate(items, y) {
      let index = 0
      for (; index < items.length - 1 && y > heightOf(items[index]); index++) y -= heightOf(items[index])
      return index
    },

    /**
     * Return a ref that makes an element as high as these items.
     * @param {Item[]} items @param {number} from @param {number} to
     */
    spacer(items, from, to) {
      return (/** @type {HTMLElement | null} */ element) => {
        if (!element) return
        element.style.height = `${items.slice(from, to).reduce((sum, item) => sum + heightOf(item), 0)}px`
      }
    },
  }
}

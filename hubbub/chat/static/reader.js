// Where the reader of a list is: stuck to the live end, or anchored to a row; and how high rows are, drawn or not.
import { rowOf } from "./rows.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {{ id: string, y: number }} Anchor a row and how far below the box's upper edge it begins */

const NEAR = 80, GUESS = 56

/** The first row that ends below `y`. @param {HTMLElement} rows @param {number} y @returns {HTMLElement | null} */
function firstBelow(rows, y) {
  let low = 0, high = rows.children.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows.children[middle].getBoundingClientRect().bottom > y) high = middle
    else low = middle + 1
  }
  return /** @type {HTMLElement | null} */ (rows.children[low] ?? null)
}

export function createReader() {
  /** @type {Anchor | null} */
  let anchor = null

  return {
    stuck: true,

    /** Go on at the live end. */
    stick() {
      this.stuck = true
      anchor = null
    },

    /** Go on with this row at `y` below the upper edge. @param {string} id @param {number} y */
    open(id, y) {
      this.stuck = false
      anchor = { id, y }
    },

    /** Put what is being read back to where it was. @param {HTMLElement} box @param {HTMLElement} rows */
    settle(box, rows) {
      if (this.stuck) { box.scrollTop = box.scrollHeight; return }
      const row = anchor && rows.querySelector(`[data-id="${CSS.escape(anchor.id)}"]`)
      if (anchor && row) box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.y
    },

    /**
     * Note where the reader has scrolled to; the seq at the top of the view, or null where no row is drawn there.
     * @param {HTMLElement} box @param {HTMLElement} rows @param {boolean} live whether the newest row is drawn
     */
    note(box, rows, live) {
      const { top } = box.getBoundingClientRect()
      this.stuck = live && box.scrollHeight - box.scrollTop - box.clientHeight <= NEAR
      const row = firstBelow(rows, top)
      const place = row?.getBoundingClientRect()
      if (!row || !place || place.top > top + box.clientHeight || place.bottom < top) { anchor = null; return null }
      anchor = this.stuck ? null : { id: row.dataset.id ?? "", y: place.top - top }
      return Number(row.dataset.seq)
    },
  }
}

/** How high rows are: measured once drawn, guessed before, so that spacers can stand for those that are not drawn. */
export function createHeights() {
  /** @type {Map<string, number>} */
  const heights = new Map()
  /** @param {Item} item */
  const heightOf = item => heights.get(rowOf(item).id) ?? GUESS

  return {
    /** Note the heights of what is drawn. @param {HTMLElement} rows */
    measure(rows) {
      for (const row of rows.querySelectorAll("li")) heights.set(row.dataset.id ?? "", row.offsetHeight)
    },

    /** Which item stands at `y` below the first one's beginning. @param {Item[]} items @param {number} y */
    locate(items, y) {
      let index = 0
      for (; index < items.length - 1 && y > heightOf(items[index]); index++) y -= heightOf(items[index])
      return index
    },

    /**
     * A ref that makes an element as high as these items would be.
     * @param {Item[]} items @param {number} from @param {number} to
     */
    filler(items, from, to) {
      return (/** @type {HTMLElement | null} */ element) => {
        if (!element) return
        element.style.height = `${items.slice(from, to).reduce((sum, item) => sum + heightOf(item), 0)}px`
      }
    },
  }
}

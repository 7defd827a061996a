// Where the reader of a list is: stuck to the live end, or anchored to a row; and how high rows are, drawn or not.
import { isHidden, isLine } from "./rows.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {{ id: string, y: number }} Anchor a row and how far below the box's upper edge it begins */
/** @typedef {ReturnType<typeof createReader>} Reader */

const NEAR = 80, GUESS = 56, GUESS_LINE = 26

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
  /** The box as it was left. */
  let left = { top: 0, height: 0, view: 0 }

  return {
    stuck: true,
    /** Which seqs are drawn; null: the newest. @type {{ from: number, to: number } | null} */
    range: null,
    /** The newest there was when the list was last looked at. */
    head: 0,

    /** Go on at the live end. */
    stick() {
      this.stuck = true
      this.range = anchor = null
      left.height = 0
    },

    /** Go on with this row at `y` below the upper edge. @param {string} id @param {number} y */
    open(id, y) {
      this.stuck = false
      anchor = { id, y }
      left.height = 0
    },

    /** Put what is being read back to where it was. @param {HTMLElement} box @param {HTMLElement} rows */
    settle(box, rows) {
      const unchanged = left.height === box.scrollHeight && left.view === box.clientHeight
      if (unchanged && Math.abs(left.top - box.scrollTop) > 1) return // scrolled just now: the event is still to come
      const row = anchor && rows.querySelector(`[data-id="${CSS.escape(anchor.id)}"]`)
      if (this.stuck) box.scrollTop = box.scrollHeight
      else if (anchor && row) box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.y
      left = { top: box.scrollTop, height: box.scrollHeight, view: box.clientHeight }
    },

    /**
     * Note where the reader has scrolled to; the seqs at the top and the bottom of the view, or null where no row is drawn there.
     * @param {HTMLElement} box @param {HTMLElement} rows @param {boolean} live whether the newest row is drawn
     */
    note(box, rows, live) {
      const { top } = box.getBoundingClientRect(), bottom = top + box.clientHeight
      left = { top: box.scrollTop, height: box.scrollHeight, view: box.clientHeight }
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

/** How high rows are: measured once drawn, guessed before, so that spacers can stand for those that are not drawn. */
export function createHeights() {
  /** By seq; of lines that stand together, the first has the height. @type {Map<number, number>} */
  const heights = new Map()
  /** @param {Item} item */
  const heightOf = item => heights.get(item.seq) ?? (isHidden(item) ? 0 : isLine(item) ? GUESS_LINE : GUESS)

  return {
    /** Note the heights of what is drawn. @param {HTMLElement} rows @param {import("./rows.js").Row[]} drawn */
    measure(rows, drawn) {
      drawn.forEach(({ item, lines }, index) => {
        const row = /** @type {HTMLElement | undefined} */ (rows.children[index])
        if (!row || item.seq === Infinity) return
        lines?.forEach(({ seq }) => heights.set(seq, 0))
        heights.set(item.seq, row.offsetHeight)
      })
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

// How high rows are: measured once drawn, guessed before, so that spacers can stand for those that are not drawn.
import { rowOf } from "./rows.js"

/** @typedef {import("../../web/static/types").Item} Item */

const GUESS = 56

export function createHeights() {
  /** @type {Map<string, number>} */
  const heights = new Map()
  /** @param {Item} item */
  const heightOf = item => heights.get(rowOf(item).id) ?? GUESS

  return {
    /** Note the heights of what is drawn. @param {HTMLElement} rows */
    measure(rows) {
      for (const row of /** @type {HTMLCollectionOf<HTMLElement>} */ (rows.children)) heights.set(row.dataset.id ?? "", row.offsetHeight)
    },

    /** Which item stands at `y` below the first one's beginning. @param {Item[]} items @param {number} y @returns {number} */
    locate(items, y) {
      let index = 0
      for (; index < items.length - 1 && y > heightOf(items[index]); index++) y -= heightOf(items[index])
      return index
    },

    /** A ref that makes an element as high as these items would be. @param {Item[]} items @param {number} from @param {number} to */
    filler(items, from, to) {
      return (/** @type {HTMLElement | null} */ element) => {
        if (element) element.style.height = `${items.slice(from, to).reduce((sum, item) => sum + heightOf(item), 0)}px`
      }
    },
  }
}

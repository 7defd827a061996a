// Where the reader of a list is: stuck to the live end, or anchored to a row; one settle() keeps it so after any change.

const NEAR = 80

/** @typedef {{ id: string, y: number }} Anchor a row and how far below the box's upper edge it begins */

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

// Long lists of rows of the same height, of which only those near the view are rendered.
import { html } from "./shell.js"
import { useLayoutEffect, useRef, useSignal } from "./vendor/preact.js"

const SHORT = 120, AHEAD = 15, STEP = 10

/** @param {HTMLElement} part @returns {HTMLElement} the element that scrolls it */
function scrollerOf(part) {
  for (let box = part.parentElement; box; box = box.parentElement) if (/auto|scroll/.test(getComputedStyle(box).overflowY)) return box
  return document.documentElement
}

/**
 * A list whose `row` makes the `li` of an item; a short list is rendered whole.
 * @param {{ items: any[], row: (item: any) => any, [attribute: string]: any }} props
 */
export function WindowedList({ items, row, ...attributes }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null)), start = useSignal(0), count = useSignal(SHORT), height = useSignal(0)
  const isLong = items.length > SHORT, first = isLong ? Math.min(start.value, items.length - 1) : 0
  const end = isLong ? Math.min(items.length, first + count.value) : items.length

  /** @param {HTMLElement} scroller */
  function measure(scroller) {
    const own = list.current
    if (!own) return
    const one = own.querySelector("li:not([aria-hidden])"), box = scroller.getBoundingClientRect()
    height.value = one?.getBoundingClientRect().height || height.value
    if (!height.value) return
    const above = Math.max(0, box.top - own.getBoundingClientRect().top)
    start.value = Math.max(0, Math.floor((above / height.value - AHEAD) / STEP) * STEP)
    count.value = Math.ceil(box.height / height.value) + 2 * AHEAD + STEP
  }
  useLayoutEffect(() => {
    if (!list.current || !isLong) return
    const scroller = scrollerOf(list.current), target = scroller === document.documentElement ? window : scroller
    const update = () => measure(scroller), watch = new ResizeObserver(update)
    update()
    target.addEventListener("scroll", update, { passive: true })
    watch.observe(scroller)
    return () => { target.removeEventListener("scroll", update); watch.disconnect() }
  }, [isLong, items.length])
  /** @param {number} rows */
  const space = rows => rows > 0 && html`<li aria-hidden="true" ref=${(/** @type {HTMLElement | null} */ part) => { if (part) part.style.height = `${rows * height.value}px` }}></li>`
  return html`<ul ref=${list} ...${attributes}>${space(first)}${items.slice(first, end).map(row)}${space(items.length - end)}</ul>`
}

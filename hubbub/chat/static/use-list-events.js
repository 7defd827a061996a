// The events of a message list: resize, hover, focus, keys.
import { useLayoutEffect } from "../../web/static/vendor/preact.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {{ current: HTMLElement | null }} Ref */

/** What the rows of an open list belong to. @type {WeakMap<Element, { context: import("./list-state.js").ListContext, find: (seq: number) => Item | undefined }>} */
export const lists = new WeakMap()
/** What handles keys, loaded after the first rows. @type {(event: KeyboardEvent, rows: HTMLElement, find: (seq: number) => Item | undefined, context: import("./list-state.js").ListContext) => boolean} */
let onListKey = () => false

/** Handle keys in all lists from now on. @param {typeof onListKey} handle */
export function handleKeys(handle) { onListKey = handle }

/**
 * @param {Ref} box @param {Ref} list @param {import("./list-state.js").ListContext} context
 * @param {(seq: number) => Item | undefined} find @param {() => void} settle
 */
export function useListEvents(box, list, context, find, settle) {
  useLayoutEffect(() => {
    if (!box.current || !list.current) return
    const observer = new ResizeObserver(settle)
    observer.observe(box.current)
    observer.observe(list.current)
    lists.set(list.current, { context, find })
    return () => observer.disconnect()
  }, [])

  /** @param {any} event */
  const onPointerOver = event => {
    context.used.value = true
    context.active.value = event.target.closest?.("li.message")?.dataset.id ?? ""
  }
  return {
    onPointerOver,
    onPointerLeave() { if (!list.current?.contains(document.activeElement)) context.active.value = "" },
    /** @param {any} event */
    onFocusIn(event) {
      context.used.value = true
      if (event.target === box.current) { /** @type {HTMLElement | null} */ (list.current?.querySelector("[tabindex='0']"))?.focus(); return }
      onPointerOver(event)
      if (context.active.value) context.current.value = context.active.value
    },
    /** @param {KeyboardEvent} event */
    onKeyDown(event) { if (list.current && onListKey(event, list.current, find, context)) event.preventDefault() },
  }
}

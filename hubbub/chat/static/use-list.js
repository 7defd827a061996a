// What a list hears: that something changed its size, that a row was pressed long, pointed at, or given the focus.
import { useLayoutEffect } from "../../web/static/vendor/preact.js"
import { asking } from "./actions.js"
import { onListKey } from "./list-keys.js"
import { onLongPress } from "./press.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {{ current: HTMLElement | null }} Ref */

/**
 * @param {Ref} box @param {Ref} list @param {import("./scene.js").Scene} scene
 * @param {(seq: number) => Item | undefined} find @param {() => void} settle
 */
export function useList(box, list, scene, find, settle) {
  useLayoutEffect(() => {
    if (!box.current || !list.current) return
    const observer = new ResizeObserver(settle)
    observer.observe(box.current)
    observer.observe(list.current)
    const stop = onLongPress(list.current, row => {
      const item = find(Number(row.dataset.seq))
      if (item?.kind === "message" && !item.deleted) asking.value = { kind: "sheet", channel: scene.channel, root: scene.root, item }
    })
    return () => { observer.disconnect(); stop() }
  }, [])

  /** @param {any} event */
  const onPointerOver = event => { scene.active.value = event.target.closest?.("li.message")?.dataset.id ?? "" }
  return {
    onPointerOver,
    onPointerLeave() { if (!list.current?.contains(document.activeElement)) scene.active.value = "" },
    /** @param {any} event */
    onFocusIn(event) {
      if (event.target === box.current) { /** @type {HTMLElement | null} */ (list.current?.querySelector("[tabindex='0']"))?.focus(); return }
      onPointerOver(event)
      if (scene.active.value) scene.current.value = scene.active.value
    },
    /** @param {KeyboardEvent} event */
    onKeyDown(event) { if (list.current && onListKey(event, list.current, find, scene)) event.preventDefault() },
  }
}

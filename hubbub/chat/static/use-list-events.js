// The events of a message list: resize, long press, hover, focus, keys.
import { useLayoutEffect } from "../../web/static/vendor/preact.js"
import { openedMessageDialog } from "./actions.js"
import { onListKey } from "./list-keys.js"

const PRESS_TIME = 450, MAX_MOVE = 10

/** Swallow the click that follows when the finger is lifted. @param {Event} event */
function swallow(event) {
  event.preventDefault()
  event.stopPropagation()
}

/**
 * Call `pressed` with a row after a long press; a moving finger scrolls.
 * @param {HTMLElement} list @param {(row: HTMLElement) => void} pressed @returns {() => void} how to stop listening
 */
function onLongPress(list, pressed) {
  let timer = 0, x = 0, y = 0
  const stop = () => { clearTimeout(timer) }
  /** @param {PointerEvent} event */
  function down(event) {
    const target = /** @type {HTMLElement} */ (event.target), row = target.closest("li.message")
    stop()
    if (event.pointerType !== "touch" || !row || target.closest("a, button, input, audio, video")) return
    x = event.clientX
    y = event.clientY
    timer = setTimeout(() => {
      navigator.vibrate?.(8)
      document.addEventListener("click", swallow, { capture: true, once: true })
      document.addEventListener("pointerdown", () => document.removeEventListener("click", swallow, true), { capture: true, once: true })
      pressed(/** @type {HTMLElement} */ (row))
    }, PRESS_TIME)
  }
  /** @param {PointerEvent} event */
  const move = event => { if (Math.hypot(event.clientX - x, event.clientY - y) > MAX_MOVE) stop() }
  /** @param {Event} event */
  const menu = event => { if (matchMedia("(hover: none)").matches) event.preventDefault() }
  const handlers = /** @type {const} */ ([["pointerdown", down], ["pointermove", move], ["pointerup", stop], ["pointercancel", stop], ["scroll", stop], ["contextmenu", menu]])
  handlers.forEach(([name, act]) => list.addEventListener(name, /** @type {any} */ (act), { passive: name !== "contextmenu" }))
  return () => { stop(); handlers.forEach(([name, act]) => list.removeEventListener(name, /** @type {any} */ (act))) }
}

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {{ current: HTMLElement | null }} Ref */

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
    const stop = onLongPress(list.current, row => {
      const item = find(Number(row.dataset.seq))
      if (item?.kind === "message" && !item.deleted) openedMessageDialog.value = { kind: "sheet", channel: context.channel, root: context.root, item }
    })
    return () => { observer.disconnect(); stop() }
  }, [])

  /** @param {any} event */
  const onPointerOver = event => { context.active.value = event.target.closest?.("li.message")?.dataset.id ?? "" }
  return {
    onPointerOver,
    onPointerLeave() { if (!list.current?.contains(document.activeElement)) context.active.value = "" },
    /** @param {any} event */
    onFocusIn(event) {
      if (event.target === box.current) { /** @type {HTMLElement | null} */ (list.current?.querySelector("[tabindex='0']"))?.focus(); return }
      onPointerOver(event)
      if (context.active.value) context.current.value = context.active.value
    },
    /** @param {KeyboardEvent} event */
    onKeyDown(event) { if (list.current && onListKey(event, list.current, find, context)) event.preventDefault() },
  }
}

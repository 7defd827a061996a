// Long presses on touch screens.

const PRESS_TIME = 450, MAX_MOVE = 10

/** Swallow the click that follows when the finger is lifted. @param {Event} event */
function swallow(event) {
  event.preventDefault()
  event.stopPropagation()
}

/**
 * Call `pressed` with the part of a list that was pressed for long; a moving finger scrolls.
 * @param {HTMLElement} list @param {(target: HTMLElement) => HTMLElement | null} partOf
 * @param {(part: HTMLElement) => void} pressed @returns {() => void} how to stop listening
 */
export function onLongPress(list, partOf, pressed) {
  let timer = 0, x = 0, y = 0
  const stop = () => { clearTimeout(timer) }
  /** @param {PointerEvent} event */
  function down(event) {
    const part = partOf(/** @type {HTMLElement} */ (event.target))
    stop()
    if (event.pointerType !== "touch" || !part) return
    x = event.clientX
    y = event.clientY
    timer = setTimeout(() => {
      navigator.vibrate?.(8)
      document.addEventListener("click", swallow, { capture: true, once: true })
      document.addEventListener("pointerdown", () => document.removeEventListener("click", swallow, true), { capture: true, once: true })
      pressed(part)
    }, PRESS_TIME)
  }
  /** @param {PointerEvent} event */
  const move = event => { if (Math.hypot(event.clientX - x, event.clientY - y) > MAX_MOVE) stop() }
  /** @param {Event} event */
  const menu = event => { if (matchMedia("(hover: none)").matches && partOf(/** @type {HTMLElement} */ (event.target))) event.preventDefault() }
  const handlers = /** @type {const} */ ([["pointerdown", down], ["pointermove", move], ["pointerup", stop], ["pointercancel", stop], ["scroll", stop], ["contextmenu", menu]])
  handlers.forEach(([name, act]) => list.addEventListener(name, /** @type {any} */ (act), { passive: name !== "contextmenu" }))
  return () => { stop(); handlers.forEach(([name, act]) => list.removeEventListener(name, /** @type {any} */ (act))) }
}

// A long press on touch: what a pointer that only points cannot do by hovering.
const LONG = 450, FAR = 10

/** The click that lifting the finger makes, on whatever stands there by then. @param {Event} event */
function swallow(event) {
  event.preventDefault()
  event.stopPropagation()
}

/**
 * Call `pressed` with the row that was pressed long; a finger that moves is scrolling.
 * @param {HTMLElement} list @param {(row: HTMLElement) => void} pressed @returns {() => void} how to stop listening
 */
export function onLongPress(list, pressed) {
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
    }, LONG)
  }
  /** @param {PointerEvent} event */
  const move = event => { if (Math.hypot(event.clientX - x, event.clientY - y) > FAR) stop() }
  /** @param {Event} event */
  const menu = event => { if (matchMedia("(hover: none)").matches) event.preventDefault() }
  const heard = /** @type {const} */ ([["pointerdown", down], ["pointermove", move], ["pointerup", stop], ["pointercancel", stop], ["scroll", stop], ["contextmenu", menu]])
  heard.forEach(([name, act]) => list.addEventListener(name, /** @type {any} */ (act), { passive: name !== "contextmenu" }))
  return () => { stop(); heard.forEach(([name, act]) => list.removeEventListener(name, /** @type {any} */ (act))) }
}

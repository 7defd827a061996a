// On touch screens: a swipe from the edge goes back, and the keyboard covers nothing.
import { forwards } from "./strings.js"

const EDGE = 24, FAR = 72, KEYBOARD = 100 // pixels
const root = document.documentElement

/** Whether something around a touch scrolls sideways itself, such as a table. @param {EventTarget | null} target */
function scrollsSideways(target) {
  for (let part = target instanceof Element ? target : null; part; part = part.parentElement) {
    if (part.scrollWidth > part.clientWidth && /auto|scroll/.test(getComputedStyle(part).overflowX)) return true
  }
  return false
}

/** Call `back` after a swipe from the edge where a line begins. @param {() => void} back */
export function onSwipeFromEdge(back) {
  let x = -1, y = 0
  addEventListener("touchstart", ({ touches: [first, second], target }) => {
    const away = forwards() < 0 ? innerWidth - first.clientX : first.clientX
    x = !second && away < EDGE && !scrollsSideways(target) ? first.clientX : -1
    y = first.clientY
  }, { passive: true })
  addEventListener("touchend", ({ changedTouches: [{ clientX, clientY }] }) => {
    const far = (clientX - x) * forwards()
    if (x >= 0 && far > FAR && Math.abs(clientY - y) < far / 2) back()
    x = -1
  }, { passive: true })
  addEventListener("touchcancel", () => { x = -1 }) // the browser took the swipe: it goes back by itself
}

/** Give the page the height above the keyboard where the browser does not: Safari only moves the page up. */
export function fitAboveKeyboard() {
  const view = window.visualViewport
  if (!view) return
  function fit() {
    const covered = view?.scale === 1 ? innerHeight - view.height : 0, isOpen = covered > KEYBOARD
    root.toggleAttribute("data-keyboard", isOpen)
    root.style.setProperty("--keyboard", isOpen ? `${covered}px` : "0px")
    if (isOpen) scrollTo(0, 0)
  }
  view.addEventListener("resize", fit)
}

// Overlays, such as dialogs and menus: one entry in the browser's history, so that Back closes the topmost of them.
import { goBack } from "./router.js"

/** How to close the open overlays, the topmost last. @type {Array<() => void>} */
const open = []
let isDropping = false // going back from the entry, which closes nothing: another overlay may have opened meanwhile

/** Add the entry of the first overlay, or drop it after the last one. */
function sync() {
  const has = Boolean(history.state?.overlay)
  if (isDropping) return
  if (open.length && !has) history.pushState({ ...history.state, overlay: true }, "")
  else if (!open.length && has) {
    isDropping = true
    goBack()
  }
}

/** Let Back close an overlay. Return what to call when it was closed. @param {() => void} close */
export function openOverlay(close) {
  open.push(close)
  sync()
  return () => {
    if (open.includes(close)) open.splice(open.indexOf(close), 1)
    setTimeout(sync) // not if it was closed to open another one, or to navigate
  }
}

addEventListener("popstate", () => {
  if (isDropping) isDropping = false
  else if (!history.state?.overlay) open.pop()?.()
  sync()
})

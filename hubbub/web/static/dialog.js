// A modal dialog: the browser's own, so that focus stays inside and returns to where it was.
import { openOverlay } from "./overlays.js"
import { html, Icon, wide } from "./shell.js"
import { useEffect, useRef } from "./vendor/preact.js"
import { t } from "./strings.js"

const GAP = 8

/** Put a dialog next to an element, inside the window. @param {HTMLElement} dialog @param {Element} anchor */
function placeNextTo(dialog, anchor) {
  const { left, right, top } = anchor.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = dialog
  const fits = right + GAP + width <= innerWidth, x = fits ? right + GAP : left - GAP - width
  Object.assign(dialog.style, { margin: "0", left: `${Math.max(GAP, x)}px`, top: `${Math.max(GAP, Math.min(top, innerHeight - height - GAP))}px` })
}

/**
 * With an anchor, it stands next to that on wide screens.
 * @param {{ title: string, onClose: () => void, children: any, variant?: string, anchor?: Element | null }} props
 */
export function Dialog({ title, onClose, children, variant = "", anchor }) {
  const isNear = wide.peek() && anchor?.isConnected
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null))
  useEffect(() => {
    const before = document.activeElement
    /** @type {ResizeObserver | undefined} */
    let watch
    dialog.current?.showModal()
    if (isNear && dialog.current) {
      const place = () => {
        if (!wide.peek()) dialog.current?.removeAttribute("style")
        else if (dialog.current && anchor.isConnected) placeNextTo(dialog.current, anchor)
      }
      watch = new ResizeObserver(place)
      watch.observe(dialog.current)
      watch.observe(document.documentElement) // the window changed its size
    }
    const closed = openOverlay(() => dialog.current?.close())
    return () => { watch?.disconnect(); closed(); if (before instanceof HTMLElement && before.isConnected) before.focus() }
  }, [])
  /** @param {Event} event */
  const onClick = event => { if (event.target === dialog.current) dialog.current?.close() }
  return html`<dialog class=${`dialog ${variant}${isNear ? " near" : ""}`} ref=${dialog} aria-label=${title} onClose=${onClose} onClick=${onClick}>
    <header><h2>${title}</h2><button class="ghost" type="button" aria-label=${t("web.close")}
      onClick=${() => dialog.current?.close()}><${Icon} name="x" /></button></header>
    <div class="dialog-body" tabindex=${variant === "wide" ? 0 : undefined}>${children}</div>
  </dialog>`
}

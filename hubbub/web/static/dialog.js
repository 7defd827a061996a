// A modal dialog: the browser's own, so that focus stays inside and returns to where it was.
import { openOverlay } from "./overlays.js"
import { html, Icon } from "./shell.js"
import { useEffect, useRef } from "./vendor/preact.js"
import { t } from "./strings.js"

/** @param {{ title: string, onClose: () => void, children: any, variant?: string }} props */
export function Dialog({ title, onClose, children, variant = "" }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null))
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    const closed = openOverlay(() => dialog.current?.close())
    return () => { closed(); if (before instanceof HTMLElement && before.isConnected) before.focus() }
  }, [])
  /** @param {Event} event */
  const onClick = event => { if (event.target === dialog.current) dialog.current?.close() }
  return html`<dialog class=${`dialog ${variant}`} ref=${dialog} aria-label=${title} onClose=${onClose} onClick=${onClick}>
    <header><h2>${title}</h2><button class="ghost" type="button" aria-label=${t("web.close")}
      onClick=${() => dialog.current?.close()}><${Icon} name="x" /></button></header>
    <div class="dialog-body" tabindex=${variant === "wide" ? 0 : undefined}>${children}</div>
  </dialog>`
}

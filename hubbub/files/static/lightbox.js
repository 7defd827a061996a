// An image at full size over the page; arrow keys go to the next one of the message.
import { openOverlay } from "../../web/static/overlays.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useRef } from "../../web/static/vendor/preact.js"
import { forwards, t } from "../../web/static/strings.js"
import { addressOf, openedPictures } from "./attachments.js"

function close() { openedPictures.value = null }

export function Lightbox() {
  const shown = openedPictures.value, dialog = useRef(/** @type {HTMLDialogElement | null} */ (null))
  useEffect(() => { if (shown && !dialog.current?.open) dialog.current?.showModal() }, [shown])
  useEffect(() => shown ? openOverlay(() => dialog.current?.close()) : undefined, [shown !== null])
  if (!shown) return null
  const { files, at } = shown, file = files[at]
  /** @param {number} step */
  const turn = step => { openedPictures.value = { files, at: (at + step + files.length) % files.length } }
  /** @param {KeyboardEvent} event */
  function onKeyDown({ key }) {
    if (key === "ArrowRight") turn(forwards())
    else if (key === "ArrowLeft") turn(-forwards())
  }
  return html`<dialog class="lightbox" ref=${dialog} aria-label=${file.name} onClose=${close} onKeyDown=${onKeyDown}
    onClick=${(/** @type {Event} */ event) => { if (event.target === dialog.current) dialog.current?.close() }}>
    <header><span class="name" dir="auto">${file.name}${files.length > 1 ? ` · ${at + 1}/${files.length}` : ""}</span>
      <a class="ghost" href=${addressOf(file)} download=${file.name} aria-label=${t("files.original")} title=${t("files.original")}><${Icon} name="download" /></a>
      <button class="ghost" type="button" aria-label=${t("web.close")} onClick=${() => dialog.current?.close()}><${Icon} name="x" /></button></header>
    <img key=${file.id} src=${file.animated ? addressOf(file) : `/files/${file.id}/view`} alt=${file.name} width=${file.width} height=${file.height} />
    ${files.length > 1 && html`<button class="ghost before" type="button" aria-label=${t("files.previous")} onClick=${() => turn(-1)}><${Icon} name="chevron-left" /></button>
      <button class="ghost after" type="button" aria-label=${t("files.next")} onClick=${() => turn(1)}><${Icon} name="chevron-right" /></button>`}
  </dialog>`
}

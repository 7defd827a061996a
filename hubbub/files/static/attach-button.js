// The attach button, pasting and dropping files.
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { uploads } from "./uploads.js"

/** @param {{ channel: string, thread?: number }} props */
export function AttachButton({ channel, thread = 0 }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null)), button = useRef(/** @type {HTMLElement | null} */ (null))
  /** @param {any} event */
  function choose(event) {
    uploads(channel, thread).add(event.target.files)
    event.target.value = ""
  }
  useEffect(() => {
    const form = button.current?.closest("form")
    /** @param {ClipboardEvent} event */
    const paste = event => {
      const files = [...event.clipboardData?.files ?? []]
      if (!files.length) return
      event.preventDefault()
      uploads(channel, thread).add(files)
    }
    form?.addEventListener("paste", paste)
    return () => form?.removeEventListener("paste", paste)
  }, [channel, thread])
  return html`<input class="visually-hidden" type="file" multiple ref=${input} tabindex="-1" aria-label=${t("files.attach")} onChange=${choose} />
    <button class="ghost" type="button" ref=${button} aria-label=${t("files.attach")} title=${t("files.attach")} onClick=${() => input.current?.click()}><${Icon} name="paperclip" /></button>`
}

/** @param {DragEvent} event */
function hasFiles(event) { return event.dataTransfer?.types.includes("Files") }

/** Files can be dropped anywhere in the room. @param {{ channel: string, children: any }} props */
export function DropZone({ channel, children }) {
  const over = useSignal(false), depth = useRef(0)
  /** @param {number} step */
  const count = step => (/** @type {DragEvent} */ event) => {
    if (!hasFiles(event)) return
    depth.current = Math.max(0, depth.current + step)
    over.value = depth.current > 0
  }
  /** @param {DragEvent} event */
  function drop(event) {
    if (!hasFiles(event)) return
    event.preventDefault()
    depth.current = 0
    over.value = false
    uploads(channel).add(event.dataTransfer?.files ?? [])
  }
  return html`<div class="drop-zone" onDragEnter=${count(1)} onDragLeave=${count(-1)} onDragOver=${(/** @type {DragEvent} */ event) => { if (hasFiles(event)) event.preventDefault() }} onDrop=${drop}>
    ${children}${over.value && html`<div class="drop-here"><${Icon} name="upload" />${t("files.drop.here")}</div>`}</div>`
}

// Where one writes: grows with the text; Enter sends with a keyboard, breaks the line on a touch screen; never disabled.
import { StateLine } from "../../web/static/status.js"
import { html, Icon } from "../../web/static/ui.js"
import { useEffect, useLayoutEffect, useRef } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/words.js"

const keyboard = matchMedia("(hover: hover) and (pointer: fine)")
const grows = CSS.supports("field-sizing", "content")

/** @param {{ draft: import("../../web/static/vendor/preact.js").Signal<string>, label: string, send: (text: string) => void }} props */
export function Composer({ draft, label, send }) {
  const input = useRef(/** @type {HTMLTextAreaElement | null} */ (null))
  useEffect(() => { if (keyboard.matches) input.current?.focus() }, [])
  useLayoutEffect(() => {
    if (grows || !input.current) return
    input.current.style.height = "auto"
    input.current.style.height = `${input.current.scrollHeight}px`
  }, [draft.value])

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault()
    if (draft.value.trim()) send(draft.value.trim())
    input.current?.focus()
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && keyboard.matches) submit(event)
  }

  const words = t("composer.label", { room: label })
  return html`<div class="writing">
    <form class="composer" onSubmit=${submit}>
      <textarea id="composer" ref=${input} rows="1" placeholder=${words} aria-label=${words} dir="auto" enterkeyhint=${keyboard.matches ? "send" : "enter"}
        value=${draft.value} onInput=${(/** @type {any} */ event) => { draft.value = event.target.value }} onKeyDown=${onKeyDown}></textarea>
      <button class="primary" aria-label=${t("composer.send")}><${Icon} name="send-horizontal" /></button>
    </form>
    <${StateLine} />
  </div>`
}

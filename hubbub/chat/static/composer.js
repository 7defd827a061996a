// Where one writes: grows with the text, never disabled; Enter sends with a keyboard, breaks the line on touch.
import { html, Icon, StateLine } from "../../web/static/shell.js"
import { useEffect, useLayoutEffect, useRef } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/words.js"

const keyboard = matchMedia("(hover: hover) and (pointer: fine)")
const grows = CSS.supports("field-sizing", "content")

/** @typedef {import("../../web/static/vendor/preact.js").Signal<string>} Draft */

/** @param {{ draft: Draft, label: string, send: (text: string) => void }} props */
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

  /** @param {any} event */
  const onInput = event => { draft.value = event.target.value }
  const words = t("composer.label", { room: label })
  return html`<div class="writing">
    <form class="composer" onSubmit=${submit}>
      <textarea id="composer" ref=${input} rows="1" placeholder=${words} aria-label=${words} dir="auto"
        enterkeyhint=${keyboard.matches ? "send" : "enter"} value=${draft.value}
        onInput=${onInput} onKeyDown=${onKeyDown}></textarea>
      <button class="primary" aria-label=${t("composer.send")}><${Icon} name="send-horizontal" /></button>
    </form>
    <${StateLine} />
  </div>`
}

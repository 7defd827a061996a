// Where one writes: grows with the text, never disabled; Enter sends with a keyboard, breaks the line on touch.
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useLayoutEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { sentence, t } from "../../web/static/strings.js"
import { Attach } from "../../files/static/attach.js"
import { Chips } from "../../files/static/chips.js"
import { uploads } from "../../files/static/uploads.js"
import { run } from "./commands.js"
import { insert, isAtStart, keyboard, links, marks, sends } from "./field.js"
import { useOffers } from "./use-offers.js"
import { OfferList } from "./offer-list.js"
import { pick } from "./picker.js"
import { sayTyping, stopTyping, Typing } from "./typing.js"
import { warning } from "./warnings.js"
import { Over, Warned } from "./over.js"

const grows = CSS.supports("field-sizing", "content")
const LIMIT = 16_000

/** @param {{ writing: import("./writing.js").Writing, label: string, lastMine: () => import("../../web/static/types").Item | undefined, children?: any }} props */
export function Composer({ writing, label, lastMine, children }) {
  const { channel, root } = writing, id = root ? "composer-thread" : "composer"
  const input = useRef(/** @type {HTMLTextAreaElement | null} */ (null))
  const problem = useSignal(""), warned = useSignal(/** @type {import("./warnings.js").Warning | null} */ (null))
  const offers = useOffers(input, channel, id), text = writing.text, files = uploads(channel, root)
  useLayoutEffect(() => { if (writing.asked.value || keyboard.matches) input.current?.focus() }, [writing, writing.asked.value])
  useEffect(() => { warned.value = null; problem.value = "" }, [text, channel])
  useLayoutEffect(() => {
    if (grows || !input.current) return
    input.current.style.height = "auto"
    input.current.style.height = `${input.current.scrollHeight}px`
  }, [text])

  async function submit(/** @type {Event | null} */ event, sure = false) {
    event?.preventDefault()
    const words = text.trim()
    input.current?.focus()
    if ((!words && !writing.editing.peek() && !files.count()) || files.busy()) return
    const command = writing.editing.peek() ? null : run(words, writing)
    if (!command) {
      warned.value = sure ? null : warning(channel, words)
      if (warned.value) return
      stopTyping()
      return writing.send(words.startsWith("//") ? words.slice(1) : words)
    }
    const { error } = await command
    if (error) problem.value = sentence(error)
    else writing.set("")
  }

  /** @param {any} event */
  function onKeyDown(event) {
    const area = event.currentTarget, last = event.key === "ArrowUp" && !event.altKey && !text && isAtStart(area) && lastMine()
    if (offers.key(event)) return
    if (sends(event, area)) submit(event, event.key === "Enter" && warned.value !== null)
    else if (marks(event, area)) event.preventDefault()
    else if (last) { event.preventDefault(); writing.edit(last) }
    else if (event.key === "Escape" && !event.isComposing) { if (!writing.cancel()) area.blur() }
  }

  /** @param {any} event */
  function onInput(event) {
    writing.set(event.target.value)
    if (event.target.value && !writing.editing.peek()) sayTyping(channel, root)
    offers.look()
  }

  /** @param {any} event */
  const smile = event => pick(event.currentTarget, picture => {
    const area = input.current
    if (area) insert(area, area.selectionStart, area.selectionEnd, picture)
  })
  const words = writing.editing.value ? t("chat.edit.label") : t(root ? "chat.thread.label" : "chat.composer.label", { room: label })
  const left = LIMIT - text.length
  return html`<div class="writing">
    ${offers.list.length > 0 && html`<${OfferList} id=${`${id}-offers`} offers=${offers.list} chosen=${offers.chosen} take=${offers.take} />`}
    ${warned.value && html`<${Warned} warning=${warned.value} channel=${channel} send=${() => submit(null, true)} back=${() => { warned.value = null }} />`}
    <${Over} writing=${writing} />
    <form class=${writing.editing.value ? "composer editing" : "composer"} onSubmit=${submit}>
      <${Chips} channel=${channel} thread=${root} />
      <div class="field-row">
        <${Attach} channel=${channel} thread=${root} />
        <textarea id=${id} ref=${input} rows="1" placeholder=${words} aria-label=${words} dir="auto" aria-autocomplete="list"
          aria-haspopup="listbox" aria-controls=${offers.list.length ? `${id}-offers` : undefined} aria-activedescendant=${offers.active}
          enterkeyhint=${keyboard.matches ? "send" : "enter"} value=${text} onInput=${onInput} onKeyDown=${onKeyDown}
          onPaste=${(/** @type {any} */ event) => links(event, event.currentTarget)} onClick=${offers.look} onBlur=${offers.close}></textarea>
        <button class="ghost smile" type="button" aria-label=${t("chat.composer.emoji")} title=${t("chat.composer.emoji")} onClick=${smile}><${Icon} name="smile" /></button>
        <button class="primary" aria-label=${t(writing.editing.value ? "chat.edit.save" : "chat.composer.send")} disabled=${files.busy()}>
          <${Icon} name=${writing.editing.value ? "check" : "send-horizontal"} /></button>
      </div>
    </form>
    ${problem.value && html`<p class="words" role="alert"><${Icon} name="circle-alert" /><span>${problem.value}</span></p>`}
    <${Typing} channel=${channel} thread=${root}>${children}
      ${left < LIMIT / 10 && html`<span class=${left < 0 ? "counter over" : "counter"} role="status">${t("chat.composer.left", { n: left })}</span>`}<//>
  </div>`
}

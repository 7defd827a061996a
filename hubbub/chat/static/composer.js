// The message field: it grows with the text and is never disabled. Enter sends with a keyboard, and breaks the line
// on touch.
import { html, Icon, wide } from "../../web/static/shell.js"
import { lazy } from "../../web/static/lazy.js"
import { useEffect, useLayoutEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { AttachButton } from "../../files/static/attach-button.js"
import { uploads } from "../../files/static/uploads.js"
import { parseCommand } from "./autocomplete.js"
import { aboveComposer } from "./commands.js"
import { insert, isAtStart, hasKeyboard, notePlainPaste, paste, toggleMark, isLinkKey, isSendKey, sendKeyIn } from "./composer-keys.js"
import { useSuggestions } from "./use-suggestions.js"
import { pickEmoji } from "./emoji.js"
import { sendTyping, stopTyping, Typing } from "./typing.js"

const grows = CSS.supports("field-sizing", "content"), LIMIT = 16_000
const soon = () => import("./soon.js"), ComposerNotices = lazy(() => soon().then(({ ComposerNotices }) => ComposerNotices), true)
const Formatting = lazy(() => soon().then(({ Formatting }) => Formatting), true)
const SuggestionList = lazy(() => soon().then(({ SuggestionList }) => SuggestionList), true)
const UploadList = lazy(() => soon().then(({ UploadList }) => UploadList), true)
const warnings = () => import("./send-warnings.js"), SendWarning = lazy(() => warnings().then(({ SendWarning }) => SendWarning))

/** @param {{ composer: import("./composer-state.js").ComposerState, label: string, lastMine: () => import("../../web/static/types").Item | undefined, children?: any }} props */
export function Composer({ composer, label, lastMine, children }) {
  const { channel, root } = composer, id = root ? "composer-thread" : "composer"
  const input = useRef(/** @type {HTMLTextAreaElement | null} */ (null))
  const problem = useSignal(""), warned = useSignal(/** @type {import("./send-warnings.js").Warning | null} */ (null))
  const preview = useSignal(false), formatting = useSignal(false), isBeside = wide.value && !root // else behind a button
  const suggestions = useSuggestions(input, channel, root, id), text = composer.text, files = uploads(channel, root)
  useLayoutEffect(() => { if (composer.focusRequests.value || hasKeyboard.matches || location.hash === "#reply") input.current?.focus() }, [composer, composer.focusRequests.value])
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
    if (!words && !composer.editing.peek() && !files.count()) return
    if (composer.editing.peek() || !parseCommand(words)) {
      warned.value = !sure && /[@＠]/.test(words) ? await warnings().then(({ warningFor }) => warningFor(channel, words), () => null) : null
      if (warned.value || !composer.text.startsWith(text)) return
      stopTyping()
      return composer.send(words.startsWith("//") ? words.slice(1) : words, text.length)
    }
    const { error } = await soon().then(({ runCommand }) => runCommand(words, composer), () => ({ error: t("web.no.answer") }))
    if (error) problem.value = error
    else composer.set("")
  }

  /** @param {any} event */
  function onKeyDown(event) {
    notePlainPaste(event)
    const area = event.currentTarget, last = event.key === "ArrowUp" && !event.altKey && !event.shiftKey && !text && isAtStart(area) && lastMine()
    if (suggestions.onKey(event)) return
    if (isSendKey(event, area, channel)) submit(event, event.key === "Enter" && warned.value !== null)
    else if (toggleMark(event, area) || (event.ctrlKey || event.metaKey) && event.key === "z" && !text && composer.takeBack()) event.preventDefault()
    else if (event.key === "ArrowUp" && event.shiftKey && !text && composer.replyToLatest()) event.preventDefault()
    else if (last) { event.preventDefault(); composer.edit(last) }
    else if (isLinkKey(event)) { event.preventDefault(); soon().then(({ format }) => format("link", area), () => {}) }
    else if (event.key === "Escape") { if (!composer.cancel()) area.blur() }
  }

  function onInput(/** @type {any} */ event) {
    composer.set(event.target.value)
    if (event.target.value && !composer.editing.peek()) sendTyping(channel, root)
    suggestions.update()
  }

  const smile = (/** @type {any} */ { currentTarget }) => pickEmoji(currentTarget, picture => { if (input.current) insert(input.current, input.current.selectionStart, input.current.selectionEnd, picture) })
  const tools = html`<${Formatting} input=${input} channel=${channel} preview=${preview} />`
  const words = composer.editing.value ? t("chat.edit.label") : t(root ? "chat.thread.label" : "chat.composer.label", { room: label }), left = LIMIT - text.length
  return html`<div class="composer-area">
    ${suggestions.list.length > 0 && html`<${SuggestionList} id=${`${id}-suggestions`} suggestions=${suggestions.list} chosen=${suggestions.chosen} accept=${suggestions.accept} />`}
    ${warned.value && html`<${SendWarning} warning=${warned.value} channel=${channel} send=${() => submit(null, true)} back=${() => { warned.value = null }} />`}
    ${(composer.editing.value || composer.quoting.value > 0 || text[0] === "/" || text.length > LIMIT / 2 || preview.value) && html`<${ComposerNotices} composer=${composer} text=${text} preview=${preview} />`}${aboveComposer.map(part => html`<${part} channel=${channel} root=${root} />`)}
    <form class=${composer.editing.value ? "composer editing" : "composer"} onSubmit=${submit}>
      ${files.list.value.length > 0 && html`<${UploadList} channel=${channel} thread=${root} />`}
      ${!isBeside && formatting.value && tools}
      <div class="input-row">
        <${AttachButton} channel=${channel} thread=${root} />
        ${!isBeside && html`<button class="ghost aa" type="button" aria-label=${t("chat.format.label")} title=${t("chat.format.label")} aria-expanded=${String(formatting.value)} onClick=${() => { formatting.value = !formatting.value }}>${t("chat.format.short")}</button>`}
        <textarea id=${id} ref=${input} rows="1" placeholder=${words} aria-label=${words} dir="auto" aria-autocomplete="list"
          aria-haspopup="listbox" aria-controls=${suggestions.list.length ? `${id}-suggestions` : undefined} aria-activedescendant=${suggestions.active}
          enterkeyhint=${hasKeyboard.matches && sendKeyIn(channel) === "enter" ? "send" : "enter"} value=${text} onInput=${onInput} onKeyDown=${onKeyDown}
          onPaste=${(/** @type {any} */ event) => { composer.pasted = paste(event, event.currentTarget) }} onClick=${suggestions.update} onBlur=${suggestions.close}></textarea>
        <button class="ghost emoji-button" type="button" aria-label=${t("chat.composer.emoji")} title=${t("chat.composer.emoji")} onClick=${smile}><${Icon} name="smile" /></button>
        <button class="primary" aria-label=${t(composer.editing.value ? "chat.edit.save" : "chat.composer.send")}>
          <${Icon} name=${composer.editing.value ? "check" : "send-horizontal"} /></button>
      </div>
    </form>
    ${problem.value && html`<p class="error-text" role="alert"><${Icon} name="circle-alert" /><span>${problem.value}</span></p>`}
    <${Typing} channel=${channel} thread=${root}>${children}
      ${left < LIMIT / 10 && html`<span class=${left < 0 ? "counter over" : "counter"} role="status">${left < 0 ? t("chat.composer.over", { n: -left }) : t("chat.composer.left", { n: left })}</span>`}
      ${isBeside && tools}<//>
  </div>`
}

// The formatting bar of a message field: marks, blocks, a preview, and what Enter does in this room.
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { apple, hasKeyboard, insert, sendKeyIn, setSendKeyIn } from "./composer-keys.js"
import { formatted } from "./format-text.js"

/** @typedef {import("./format-text.js").Format} Format */
/** Each with an icon or a letter in its own style, and its key. @type {Array<[format: Format, look: any, key?: string]>} */
const FORMATS = [
  ["bold", html`<b>B</b>`, "B"], ["italic", html`<em>I</em>`, "I"], ["strike", html`<s>S</s>`, "Shift+X"], ["code", html`<${Icon} name="code" />`, "Shift+C"],
  ["block", html`<${Icon} name="terminal" />`], ["link", html`<${Icon} name="link" />`, "Shift+L"], ["list", html`<${Icon} name="list" />`], ["quote", html`<${Icon} name="text-quote" />`],
]

/** @param {string} [key] */
function keyOf(key) { return key ? ` (${apple ? "⌘" : `${t("chat.name.control")}+`}${key.replace("Shift+", apple ? "⇧" : `${t("chat.name.shift")}+`)})` : "" }

/** @param {{ label: string, pressed?: boolean, act: () => void, children: any }} props */
function Tool({ label, pressed, act, children }) {
  return html`<button type="button" class="ghost" aria-label=${label} title=${label} aria-pressed=${pressed === undefined ? undefined : String(pressed)}
    onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${act}>${children}</button>`
}

/** @param {Format} format @param {HTMLTextAreaElement} area */
export function format(format, area) {
  const { insert: text, from, to, select } = formatted(format, area.value, area.selectionStart, area.selectionEnd)
  insert(area, from, to, text)
  area.setSelectionRange(...select)
}

/** @param {{ input: { current: HTMLTextAreaElement | null }, channel: string, preview: import("../../web/static/vendor/preact.js").Signal<boolean> }} props */
export function Formatting({ input, channel, preview }) {
  const byEnter = sendKeyIn(channel) === "enter"
  return html`<div class="formatting" role="toolbar" aria-label=${t("chat.format.label")}>
    ${FORMATS.map(([name, look, key]) => html`<${Tool} key=${name} label=${t(`chat.format.${name}`) + keyOf(key)} act=${() => { if (input.current) format(name, input.current) }}>${look}<//>`)}
    <${Tool} label=${t("chat.format.preview")} pressed=${preview.value} act=${() => { preview.value = !preview.value; input.current?.focus() }}><${Icon} name="eye" /><//>
    ${hasKeyboard.matches && html`<${Tool} label=${t(byEnter ? "chat.format.enter.sends" : "chat.format.enter.breaks")} pressed=${!byEnter} act=${() => setSendKeyIn(channel, byEnter ? "control" : "enter")}>
      <span aria-hidden="true">↵</span><//>`}
  </div>`
}

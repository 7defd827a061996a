// Above a document: its room, the formatting tools, and whether to write, to read, or both.
import { html, Icon } from "../../web/static/shell.js"
import { forwards, t } from "../../web/static/strings.js"
import { addressOf, iconOf } from "../../chat/static/rooms/room-row.js"
import { room, roomName } from "../../chat/static/user-state.js"
import { modes, setMode } from "./document-mode.js"

/** @typedef {import("../../chat/static/format-text.js").Format} Format */
const icon = (/** @type {string} */ name) => html`<${Icon} name=${name} />`
/** Each with its look. @type {Array<[Format, any]>} */
const TOOLS = [
  ["heading", html`<b>H</b>`], ["bold", html`<b>B</b>`], ["italic", html`<em>I</em>`], ["strike", html`<s>S</s>`], ["code", icon("code")], ["link", icon("link")],
  ["list", icon("list")], ["numbers", html`<span class="one"></span>`], ["task", icon("check")], ["quote", icon("text-quote")], ["block", icon("terminal")], ["table", icon("table")],
]

/** One tab stop; arrow keys move through it. @param {KeyboardEvent} event */
function onKeyDown(event) {
  const all = [.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll("button")], at = all.indexOf(/** @type {any} */ (document.activeElement))
  const to = { ArrowRight: at + forwards(), ArrowLeft: at - forwards(), Home: 0, End: -1 }[event.key]
  if (to === undefined) return
  event.preventDefault()
  all.at(to % all.length)?.focus()
}

/** @param {{ format: (format: Format) => void }} props */
function Tools({ format }) {
  return html`<div class="formatting" role="toolbar" aria-label=${t("documents.format.label")} onKeyDown=${onKeyDown}>${TOOLS.map(([name, look], index) => html`
    <button key=${name} class="ghost" type="button" tabindex=${index ? -1 : 0} aria-label=${t(`documents.format.${name}`)} title=${t(`documents.format.${name}`)}
      onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => format(name)}>${look}</button>`)}</div>`
}

/** @param {{ channel: string }} props */
function Place({ channel }) {
  const here = room(channel)
  if (!here) return html`<span class="place"></span>`
  return html`<a class="place" href=${addressOf(here)} title=${t("documents.document.room")}><${Icon} name=${iconOf(here)} /><span dir="auto">${roomName(here)}</span></a>`
}

/** @param {{ opened: any, mode: import("./document-mode.js").Mode, writes: boolean, format: (format: Format) => void }} props */
export function DocumentBar({ opened, mode, writes, format }) {
  return html`<div class="document-bar"><${Place} channel=${opened.facts.value.room} />
    ${mode !== "read" && writes ? html`<${Tools} format=${format} />` : html`<span class="formatting"></span>`}
    ${writes && html`<div class="segments" role="group" aria-label=${t("documents.mode.label")}>${modes().map(one => html`
      <label key=${one}><input type="radio" name="mode" checked=${mode === one} onChange=${() => setMode(one)} />${t(`documents.mode.${one}`)}</label>`)}</div>`}</div>`
}

// What every part of the page draws with: icons, and how the connection is.
import { refusal, state } from "./live.js"
import { assets } from "./shell.js"
import { effect, html, signal } from "./vendor/preact.js"
import { t } from "./words.js"

/** @param {{ name: string, spin?: boolean }} props */
export function Icon({ name, spin = false }) {
  const href = `${assets}/web/static/vendor/icons.svg#${name}`
  return html`<svg class=${spin ? "icon spin" : "icon"} aria-hidden="true"><use href=${href} /></svg>`
}

effect(() => { document.body.dataset.state = state.value })
const settled = signal(false)
setTimeout(() => { settled.value = true }, 2000)

/** Silence while all is just starting. @returns {"online" | "connecting" | "offline" | "refused" | "quiet"} */
function shown() { return state.value === "connecting" && !settled.value ? "quiet" : state.value }

/** How the connection is, in a word. */
export function StateWord() {
  const now = shown()
  return html`<span class=${`state ${now}`}>${now === "quiet" ? "" : t(`state.${now}`)}</span>`
}

/** The same in a line, when there is something to say. */
export function StateLine() {
  const now = shown()
  const quiet = now === "quiet" || now === "online"
  return html`<p class=${`line state ${now}`} role="status">
    ${!quiet && html`<${Icon} name=${now === "refused" ? "wifi-off" : "loader-circle"} spin=${now !== "refused"} />
      ${t(`state.${now}.long`, { words: refusal.value })}`}
  </p>`
}

// How the connection is: a word at the foot, a line above the composer, and silence while all is well or just starting.
import { refusal, state } from "./live.js"
import { html, Icon } from "./ui.js"
import { signal } from "./vendor/preact.js"
import { t } from "./words.js"

const settled = signal(false)
setTimeout(() => { settled.value = true }, 2000)

/** @returns {"online" | "connecting" | "offline" | "refused" | "quiet"} */
function shown() { return state.value === "connecting" && !settled.value ? "quiet" : state.value }

/** One word. */
export function StateWord() {
  const now = shown()
  return html`<span class=${`state ${now}`}>${now === "quiet" ? "" : t(`state.${now}`)}</span>`
}

/** One line, when there is something to say. */
export function StateLine() {
  const now = shown()
  const quiet = now === "quiet" || now === "online"
  return html`<p class=${`line state ${now}`} role="status">
    ${!quiet && html`<${Icon} name=${now === "refused" ? "wifi-off" : "loader-circle"} spin=${now !== "refused"} />
      ${t(`state.${now}.long`, { words: refusal.value })}`}
  </p>`
}

// What every part of the page draws with: icons, and how the connection is.
import { jobs } from "./channels.js"
import { refusal, state } from "./live.js"
import { assets } from "./shell.js"
import { effect, html, signal } from "./vendor/preact.js"
import { t } from "./words.js"

/** @param {{ name: string, spin?: boolean }} props */
export function Icon({ name, spin = false }) {
  const href = `${assets}/web/static/vendor/icons.svg#${name}`
  return html`<svg class=${spin ? "icon spin" : "icon"} aria-hidden="true"><use href=${href} /></svg>`
}

const ICONS = { connecting: "loader-circle", offline: "cloud-off", refused: "wifi-off" }
const PATIENCE = 2000 // milliseconds; a shorter cut is not worth a word

/** How the connection is, as it is told. @type {import("./vendor/preact.js").Signal<"online" | "connecting" | "offline" | "refused" | "quiet">} */
const told = signal("quiet")
let waiting = 0

effect(() => {
  const now = state.value
  document.body.dataset.state = now
  clearTimeout(waiting)
  if (now === "online" || now === "refused") told.value = now
  else waiting = setTimeout(() => { told.value = now }, PATIENCE)
})

/** How the connection is, in a word. */
export function StateWord() {
  const now = told.value
  return html`<span class=${`state ${now}`}>${now === "quiet" ? "" : t(`state.${now}`)}</span>`
}

/** The same in a line, when there is something to say. */
export function StateLine() {
  const now = told.value, quiet = now === "quiet" || now === "online"
  const n = jobs.value.filter(({ event, state: now }) => now === "queued" && (event === "post" || event === "edit")).length
  return html`<p class=${`line state ${now}`} role="status">
    ${!quiet && html`<${Icon} name=${ICONS[now]} spin=${now === "connecting"} />
      <span>${t(`state.${now}.long`, { words: refusal.value })}${n > 0 && ` ${t("state.waiting", { n })}`}</span>`}
  </p>`
}

// What the page starts from, what slices hang on it, how it stands, and what every component draws with.
import { refusal, state } from "./live.js"
import { html, signal } from "./vendor/preact.js"
import { t } from "./words.js"

export { html }

/** @typedef {import("./types").Component} Component */
/** @typedef {"sections" | "foot" | "actions" | "notices" | "gates"} Place */
/** @typedef {"system" | "light" | "dark"} Theme */

/** What the server put into the page: who is asking, the newest messages. @type {import("./types").Boot} */
export const boot = JSON.parse(document.getElementById("boot")?.textContent || "{}")

/** Where the static tree of this version stands. */
export const assets = document.body.dataset.assets ?? ""

/** What hangs where; a gate stands before all else for who may not come in. @type {Record<Place, Component[]>} */
export const parts = { sections: [], foot: [], actions: [], notices: [], gates: [] }

/** @type {import("./types").View[]} */
export const views = []

/** Add a component to a place, after those already there. @param {Place} where @param {Component} component */
export function add(where, component) { parts[where].push(component) }

/** Offer a view of a channel; the first one is shown. @param {import("./types").View} view */
export function view(view) { views.push(view) }

/** Whether the sidebar stands open as a sheet; only where there is no room for it beside the view. */
export const sheet = signal(false)

const room = matchMedia("(width >= 48rem)")
/** Whether there is room for the sidebar beside the view. */
export const wide = signal(room.matches)
room.addEventListener("change", () => { wide.value = room.matches; sheet.value = false })

const root = document.documentElement
/** The theme that was chosen; the server writes it into the page before the first paint. */
export const theme = signal(/** @type {Theme} */ (root.dataset.theme ?? "system"))

/** Take a theme, here and in the cookie that the server reads. @param {Theme} next */
export function choose(next) {
  theme.value = next
  root.dataset.theme = next
  document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`
}

/** @param {{ name: string, spin?: boolean }} props */
export function Icon({ name, spin = false }) {
  const href = `${assets}/web/static/vendor/icons.svg#${name}`
  return html`<svg class=${spin ? "icon spin" : "icon"} aria-hidden="true"><use href=${href} /></svg>`
}

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

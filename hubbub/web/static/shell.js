// What the page starts from, what slices hang on it, how it stands, and what every component draws with.
import { html, signal } from "./vendor/preact.js"

export { html }
export { route } from "./router.js"
export { Icon, StateLine, StateWord } from "./signs.js"

/** @typedef {import("./types").Component} Component */
/** @typedef {"nav" | "sections" | "foot" | "actions" | "notices" | "gates" | "overlays"} Place */
/** @typedef {"system" | "light" | "dark"} Theme */

/** What the server put into the page: who is asking, the newest messages. @type {import("./types").Boot} */
export const boot = JSON.parse(document.getElementById("boot")?.textContent || "{}")

/** Where the static tree of this version stands. */
export const assets = document.body.dataset.assets ?? ""

/** What hangs where; a gate stands before all else for who may not come in. @type {Record<Place, Component[]>} */
export const parts = { nav: [], sections: [], foot: [], actions: [], notices: [], gates: [], overlays: [] }

/** @type {Map<Component, number>} */
const ranks = new Map()

/** Add a component to a place, after those of a lower or the same rank. @param {Place} where @param {Component} component @param {number} [rank] */
export function add(where, component, rank = 0) {
  ranks.set(component, rank)
  parts[where].push(component)
  parts[where].sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0))
}

/** What slices add to the settings: the part, its icon, what it shows. @type {Array<[string, string, Component]>} */
export const settings = []

/** Add a part to the settings, called by the word `settings.<name>`. @param {string} name @param {string} icon @param {Component} component */
export function setting(name, icon, component) { settings.push([name, icon, component]) }

/** What slices draw inside the texts of others, by kind. @type {Map<string, Component>} */
export const inlines = new Map()

/** Draw what another slice's text holds of this kind, `symbol` for one. @param {string} kind @param {Component} component */
export function inline(kind, component) { inlines.set(kind, component) }

/** @typedef {{ kind: string, [prop: string]: any }} Shown a panel and its props */
/** @type {Map<string, { component: Component, title: (props: any) => string }>} */
export const panels = new Map()

/** Say what a panel of this kind shows beside the view. @param {string} kind @param {Component} component @param {(props: any) => string} title */
export function panel(kind, component, title) { panels.set(kind, { component, title }) }

/** The panel that stands open: part of the history, so that the browser's own back closes it. @type {import("./vendor/preact.js").Signal<Shown | null>} */
export const shownPanel = signal(history.state?.panel ?? null)

/** Open a panel beside the view, or over it where there is no room. @param {Shown} panel */
export function openPanel(panel) {
  if (JSON.stringify(panel) === JSON.stringify(shownPanel.value)) return
  const state = { ...history.state, panel }
  if (shownPanel.value) history.replaceState(state, "")
  else history.pushState({ ...state, opened: true }, "")
  shownPanel.value = panel
}

export function closePanel() {
  if (!shownPanel.value) return
  if (history.state?.opened) history.back()
  else history.replaceState({ ...history.state, panel: null }, "")
  shownPanel.value = null
}

addEventListener("popstate", ({ state }) => {
  shownPanel.value = state?.panel ?? null
  sheet.value = Boolean(state?.sheet)
})

/** Whether the sidebar stands before the view, where there is no room beside it: part of the history, too. */
export const sheet = signal(Boolean(history.state?.sheet))

export function openSheet() {
  if (sheet.value) return
  history.pushState({ ...history.state, sheet: true, panel: null }, "")
  shownPanel.value = null
  sheet.value = true
}

export function closeSheet() {
  if (!sheet.value) return
  sheet.value = false
  if (history.state?.sheet) history.back()
}

/** What calls for attention: a number in the tab's title and on the app's icon. */
export const badge = signal(0)

const room = matchMedia("(width >= 48rem)")
/** Whether there is room for the sidebar beside the view. */
export const wide = signal(room.matches)
room.addEventListener("change", () => { wide.value = room.matches })

const root = document.documentElement
/** The theme that was chosen; the server writes it into the page before the first paint. */
export const theme = signal(/** @type {Theme} */ (root.dataset.theme ?? "system"))

/** Take a theme, here and in the cookie that the server reads. @param {Theme} next */
export function choose(next) {
  theme.value = next
  root.dataset.theme = next
  document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`
}

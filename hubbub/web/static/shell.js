// The shell of the page: the places where slices add components, panels, layout.
import { assets, boot, Icon, url, workspace } from "./boot.js"
import { goBack } from "./router.js"
import { html, signal } from "./vendor/preact.js"

export { html }
export { route } from "./router.js"
export { theme } from "./preferences.js"
export { assets, boot, Icon, url, workspace }

/** @typedef {import("./types").Component} Component */
/** @typedef {"brand" | "nav" | "sections" | "foot" | "actions" | "notices" | "gates" | "overlays"} Place */

/**
 * The components in each place; a gate replaces the whole page for someone who may not enter.
 * @type {Record<Place, Component[]>}
 */
export const parts = { brand: [], nav: [], sections: [], foot: [], actions: [], notices: [], gates: [], overlays: [] }

/** @type {Map<Component, number>} */
const ranks = new Map()

/**
 * Add a component to a place; lower ranks come first.
 * @param {Place} where @param {Component} component @param {number} [rank]
 */
export function add(where, component, rank = 0) {
  ranks.set(component, rank)
  parts[where].push(component)
  parts[where].sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0))
}

/** A page of the settings; `title` is the id of a string. @typedef {{ name: string, icon: string, title: string, component: Component, roles?: string[] }} Setting */

/** The settings pages of the slices. @type {Setting[]} */
export const settings = []

/** Add a settings page. @param {Setting} page */
export function setting(page) { settings.push(page) }

/** Installs the page as an app, once the browser offers that. @type {import("./vendor/preact.js").Signal<any>} */
export const installPrompt = signal(null)
addEventListener("beforeinstallprompt", event => { installPrompt.value = event })

/** What a member's page loads once it is shown and connected. @type {Array<() => Promise<unknown>>} */
export const whenConnected = []

/** Commands of the palette (Ctrl+K); `title` is the id of a string. @type {Array<{ title: string, icon: string, act: () => void, when: () => boolean }>} */
export const palette = []

/** Add a command to the palette. @param {string} title @param {string} icon @param {() => void} act @param {() => boolean} [when] whether I may */
export function addToPalette(title, icon, act, when = () => true) { palette.push({ title, icon, act, when }) }

/** Components that slices draw inside message texts, by kind. @type {Map<string, Component>} */
export const inlines = new Map()

/**
 * Draw a kind of inline element in message texts, such as `symbol`.
 * @param {string} kind @param {Component} component
 */
export function inline(kind, component) { inlines.set(kind, component) }

/**
 * What the sidebar may list besides rooms, by the kind of their channels: how one is drawn, and the section of all.
 * @type {Map<string, { row: Component, title: string, rank: number }>}
 */
export const rowKinds = new Map()

/** @typedef {{ kind: string, [prop: string]: any }} Shown a panel and its props */
/** @type {Map<string, { component: Component, title: (props: any) => string }>} */
export const panels = new Map()

/**
 * Register what a panel of this kind shows.
 * @param {string} kind @param {Component} component @param {(props: any) => string} title
 */
export function panel(kind, component, title) { panels.set(kind, { component, title }) }

/**
 * The open panel. It is part of the history, so that the browser's back button closes it.
 * @type {import("./vendor/preact.js").Signal<Shown | null>}
 */
export const openedPanel = signal(history.state?.panel ?? null)

/** Open a panel next to the view, or over it on a small screen. @param {Shown} panel */
export function openPanel(panel) {
  if (JSON.stringify(panel) === JSON.stringify(openedPanel.value)) return
  const { overlay, ...state } = { ...history.state, panel, opened: true }
  if (openedPanel.value && !overlay) history.replaceState({ ...history.state, panel }, "")
  else if (overlay) history.replaceState(state, "")
  else history.pushState(state, "")
  openedPanel.value = panel
}

export function closePanel() {
  if (!openedPanel.value) return
  if (history.state?.opened) goBack()
  else history.replaceState({ ...history.state, panel: null }, "")
  openedPanel.value = null
}

addEventListener("popstate", () => { openedPanel.value = history.state?.panel ?? null })

/** The number in the tab's title and on the app's icon. */
export const unreadTotal = signal(0)

const wideQuery = matchMedia("(width >= 48rem)")
/** Whether the sidebar fits next to the view. */
export const wide = signal(wideQuery.matches)
wideQuery.addEventListener("change", () => { wide.value = wideQuery.matches })

// The router: which component each address shows, and navigation with the browser's history.
import { boot, pathOf, url } from "./boot.js"
import { signal } from "./vendor/preact.js"

/** @typedef {import("./types").Component} Component */
/**
 * The title of a view in the top bar.
 * @typedef {{ title: string, icon?: string, about?: string, url?: string, act?: () => void }} Heading act: what a tap on it opens
 */
/** @typedef {{ parts: string[], component: Component, heading: (params: Record<string, string>) => Heading, actions: Component | null,
 *   bare: boolean }} Route */

const current = () => pathOf(location.pathname) + location.search

/** The current path with its query. */
export const path = signal(current())

/** @type {Route[]} */
const routes = []

/**
 * Show a component at addresses like `/room/:id/:seq?`; it gets the named segments as props.
 * @param {string} pattern @param {Component} component @param {{ heading?: Route["heading"], actions?: Component, bare?: boolean }} [more] bare: without sidebar and top bar
 */
export function route(pattern, component, { heading = () => ({ title: "" }), actions, bare = false } = {}) {
  routes.push({ parts: pattern.split("/").filter(Boolean), component, heading, actions: actions ?? null, bare })
}

/** The address that the server could not show. */
const refused = boot.problem ? path.peek() : ""

/** Return the route of the current address; null if there is none, or the server refused it. @returns {{ route: Route, params: Record<string, string> } | null} */
export function currentRoute() {
  if (path.value === refused) return null
  const segments = path.value.split("?")[0].split("/").filter(Boolean).map(decode)
  for (const route of routes) {
    const params = match(route.parts, segments)
    if (params) return { route, params }
  }
  return null
}

/** Whether the server refused the current address, for another reason than that nothing is there. */
export function wasRefused() { return path.value === refused && boot.problem?.status !== 404 }

/** @param {string} part */
function decode(part) { try { return decodeURIComponent(part) } catch { return part } }

/** @param {string[]} parts @param {string[]} segments */
function match(parts, segments) {
  if (segments.length > parts.length) return null
  /** @type {Record<string, string>} */
  const params = {}
  for (const [index, part] of parts.entries()) {
    const given = segments[index]
    if (part.startsWith(":")) {
      if (given === undefined && !part.endsWith("?")) return null
      params[part.replace(/^:|\?$/g, "")] = given ?? ""
    } else if (part !== given) return null
  }
  return params
}

/**
 * Navigate to an address of the page. The entry of an overlay that covers the view is replaced.
 * @param {string} to @param {{ replace?: boolean }} [how]
 */
export function navigate(to, { replace = false } = {}) {
  if (isReturning) { afterReturn = () => navigate(to, { replace }); return }
  const covered = history.state?.overlay
  if (to === current()) { if (covered) goBack(); return }
  if (replace && !covered) history.replaceState(history.state, "", url(to))
  else history[covered ? "replaceState" : "pushState"]({ from: path.peek() }, "", url(to))
  syncPath()
}

let isReturning = false
let afterReturn = () => {}

/** Go back to the previous entry of the browser's history. A navigation meanwhile waits for that. */
export function goBack() {
  isReturning = true
  history.back()
}

/** Go back to where this view was opened from; if it was opened by its address, show `to` in its place. @param {string} to */
export function leave(to) {
  if (history.state?.from) goBack()
  else navigate(to, { replace: true })
}

function syncPath() { path.value = current() }

addEventListener("popstate", () => {
  const next = afterReturn
  isReturning = false
  afterReturn = () => {}
  syncPath()
  next()
})
if (history.state?.overlay) goBack() // it was open when the page was loaded again

/** Follow a link within the page without a reload, unless it opens elsewhere. */
document.addEventListener("click", event => {
  const link = event.target instanceof Element ? event.target.closest("a") : null
  const elsewhere = event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey
  if (!link || elsewhere || wasRefused() || link.target || link.origin !== location.origin || link.hasAttribute("download")) return
  if (link.hash) return
  const at = pathOf(link.pathname), to = at + link.search
  if (!at || !routes.some(({ parts }) => match(parts, at.split("/").filter(Boolean).map(decode)))) return
  event.preventDefault()
  navigate(to)
})

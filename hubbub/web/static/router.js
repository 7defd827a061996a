// Where in the page one is: its own addresses, with the browser's history, and what each of them shows.
import { signal } from "./vendor/preact.js"

/** @typedef {import("./types").Component} Component */
/** What a view is called in the bar above it. @typedef {{ title: string, icon?: string, about?: string, url?: string }} Heading */
/** @typedef {{ parts: string[], component: Component, heading: (params: Record<string, string>) => Heading, actions: Component | null,
 *   bare: boolean }} Route */

/** The path of the address, with its query. */
export const path = signal(location.pathname + location.search)

/** @type {Route[]} */
const routes = []

/**
 * Show a component at addresses like `/room/:id/:seq?`; it gets the named parts as props.
 * @param {string} pattern @param {Component} component @param {{ heading?: Route["heading"], actions?: Component, bare?: boolean }} [more] bare: with nothing around it
 */
export function route(pattern, component, { heading = () => ({ title: "" }), actions, bare = false } = {}) {
  routes.push({ parts: pattern.split("/").filter(Boolean), component, heading, actions: actions ?? null, bare })
}

/** What stands at the address now. @returns {{ route: Route, params: Record<string, string> } | null} */
export function shown() {
  const said = path.value.split("?")[0].split("/").filter(Boolean).map(decode)
  for (const route of routes) {
    const params = matched(route.parts, said)
    if (params) return { route, params }
  }
  return null
}

/** @param {string} part */
function decode(part) { try { return decodeURIComponent(part) } catch { return part } }

/** @param {string[]} parts @param {string[]} said */
function matched(parts, said) {
  if (said.length > parts.length) return null
  /** @type {Record<string, string>} */
  const params = {}
  for (const [index, part] of parts.entries()) {
    const given = said[index]
    if (part.startsWith(":")) {
      if (given === undefined && !part.endsWith("?")) return null
      params[part.replace(/^:|\?$/g, "")] = given ?? ""
    } else if (part !== given) return null
  }
  return params
}

/** Go to an address of the page. @param {string} to @param {{ replace?: boolean }} [how] */
export function go(to, { replace = false } = {}) {
  if (to === location.pathname + location.search) return
  if (replace) history.replaceState(history.state, "", to)
  else history.pushState({}, "", to)
  moved()
}

function moved() { path.value = location.pathname + location.search }

addEventListener("popstate", moved)

/** A link within the page goes there without loading it anew, unless it is to be opened elsewhere. */
document.addEventListener("click", event => {
  const link = event.target instanceof Element ? event.target.closest("a") : null
  const elsewhere = event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey
  if (!link || elsewhere || link.target || link.origin !== location.origin || link.hasAttribute("download")) return
  if (link.hash) return
  const to = link.pathname + link.search
  if (!routes.some(({ parts }) => matched(parts, link.pathname.split("/").filter(Boolean).map(decode)))) return
  event.preventDefault()
  go(to)
})

// The places that a phone shows as tabs at the bottom of the screen, and that the sidebar may list; and the way back.
import { ConnectionNotice } from "./connection-status.js"
import { goBack, leave, path } from "./router.js"
import { add, closePanel, html, Icon, openedPanel, wide } from "./shell.js"
import { t } from "./strings.js"

/** What is new in a place: a number, or "" for a dot, and the words for it. @typedef {{ short: string, words: string }} News */
/**
 * `title` is the id of a string; `within` fits the addresses that belong to the place.
 * @typedef {{ href: string, icon: string, title: string, within: RegExp, news?: () => News | null, when?: () => boolean, rank: number, inSidebar?: number }} Tab
 */
/** @type {Tab[]} */
const tabs = []

/** Add a tab of the phone; with `inSidebar`, its rank there, also a row in the sidebar. @param {Tab} one */
export function tab(one) {
  tabs.push(one)
  tabs.sort((a, b) => a.rank - b.rank)
  if (one.inSidebar !== undefined) add("nav", () => wide.value && isShown(one) && html`<li><${Link} one=${one} variant="row" /></li>`, one.inSidebar)
}

const address = () => path.value.split("?")[0]
/** @param {Tab} one */
const isShown = ({ when = () => true }) => when()
/** @param {Tab} one */
const current = ({ within }) => within.test(address()) ? "page" : undefined

/** Whether the view is the first screen of a tab. */
export function isFirstScreen() { return tabs.some(({ href }) => href === address()) }

/** A count as news; null for none. @param {number} n @param {string} words @returns {News | null} */
export function counted(n, words) { return n ? { short: n > 99 ? "99+" : String(n), words } : null }

/** Close what lies on top, or go back to the list that the view belongs to. */
export function back() {
  if (history.state?.overlay) goBack()
  else if (openedPanel.value) closePanel()
  else if (!isFirstScreen()) leave(tabs.find(one => current(one))?.href ?? tabs[0]?.href ?? "/")
}

/** @param {{ one: Tab, variant?: string }} props */
function Link({ one, variant = "" }) {
  const now = one.news?.(), title = t(one.title)
  return html`<a class=${now ? `${variant} unread` : variant} href=${one.href} aria-current=${current(one)}>
    <${Icon} name=${one.icon} /><span class="label">${title}${now && html`<span class="visually-hidden">, ${now.words}</span>`}</span>
    ${now && html`<span class=${now.short ? "badge" : "dot"} aria-hidden="true">${now.short}</span>`}</a>`
}

/** The tabs, below the first screen of each. */
export function TabBar() {
  if (wide.value || openedPanel.value || !isFirstScreen()) return null
  return html`<div class="bottom"><${ConnectionNotice} />
    <nav class="tabs" aria-label=${t("web.nav.tabs")}>${tabs.filter(isShown).map(one => html`<${Link} key=${one.href} one=${one} />`)}</nav></div>`
}

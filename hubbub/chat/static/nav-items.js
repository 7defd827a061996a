// The first rows of the sidebar: search, and what waits for me: threads, drafts, saved messages.
import { html, Icon } from "../../web/static/shell.js"
import { path } from "../../web/static/router.js"
import { t } from "../../web/static/strings.js"
import { startedDrafts } from "./drafts.js"
import { hasNews, rooms, savedCount, threads, unreadReplies } from "./user-state.js"

/** @param {{ href: string, icon: string, title: string, fresh?: number, count?: number, children?: any }} props */
function Item({ href, icon, title, fresh = 0, count = 0, children }) {
  const here = path.value.startsWith(href)
  return html`<li><a class=${fresh ? "row unread" : "row"} href=${href} aria-current=${here ? "page" : undefined}><${Icon} name=${icon} /><span class="label">${title}</span>${
    fresh > 0 ? html`<span class="badge">${fresh}</span>` : count > 0 && html`<small>${count}</small>`}${children}</a></li>`
}

export function SearchItem() { return html`<${Item} href="/search" icon="search" title=${t("chat.nav.search")}><kbd>/</kbd><//>` }

/** Once several conversations are unread. */
export function CatchUpItem() {
  const count = [...rooms.value.keys()].filter(hasNews).length + threads.value.filter(thread => unreadReplies(thread) > 0).length
  return count > 1 && html`<${Item} href="/catch-up" icon="check-check" title=${t("chat.catch.title")} count=${count} />`
}

export function ThreadsItem() {
  const fresh = threads.value.filter(thread => unreadReplies(thread) > 0).length
  return threads.value.length > 0 && html`<${Item} href="/threads" icon="messages-square" title=${t("chat.nav.threads")} fresh=${fresh} />`
}

export function DraftsItem() {
  const count = startedDrafts.value.size
  return count > 0 && html`<${Item} href="/drafts" icon="pencil" title=${t("chat.nav.drafts")} count=${count} />`
}

export function SavedItem() {
  const count = savedCount()
  return count > 0 && html`<${Item} href="/saved" icon="bookmark" title=${t("chat.nav.saved")} count=${count} />`
}

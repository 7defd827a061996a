// The inbox: notifications by day, the newest first; each links to its origin and is marked as read by opening it.
import { channel } from "../../web/static/channels.js"
import { navigate } from "../../web/static/router.js"
import { html, Icon, openPanel } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { useLoad } from "../../web/static/use-load.js"
import { useRef, useSignal } from "../../web/static/vendor/preact.js"
import { ago, dayName, dayOf, momentOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { addressOf, headOf, inboxChannel, isRead, markAllRead, markRead, textOf, unreadCount } from "./inbox.js"
import { NotificationPrompt } from "./notification-prompt.js"

/** @typedef {import("./inbox.js").Notification} Notification */

/** @param {Notification} one */
function open(one) {
  const to = addressOf(one)
  if (!isRead(one)) markRead([one.seq])
  if (!to) return
  if (to.startsWith("/")) navigate(to)
  else window.open(to, "_blank", "noopener")
  if (one.root) openPanel({ kind: "thread", channel: one.channel, root: one.root })
}

/** @param {{ one: Notification }} props */
function Row({ one }) {
  const to = addressOf(one), { title, icon } = headOf(one), read = isRead(one)
  const inside = html`<span class="face">${one.author ? html`<${Avatar} id=${one.author} icon=${one.alias?.icon} />` : html`<span class="avatar"><${Icon} name=${icon} /></span>`}</span>
    <span class="label"><span class="what">${one.author > 0 && html`<${Icon} name=${icon} />`}<span>${title}</span></span>
      <span class="excerpt" dir="auto">${textOf(one)}</span></span>
    <time title=${momentOf(one.at)}>${ago(one.at)}</time>`
  /** @param {any} event */
  const onClick = event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) { if (!isRead(one)) markRead([one.seq]); return }
    event.preventDefault()
    open(one)
  }
  return html`<li class=${read ? "notification" : "notification unread"} data-seq=${one.seq}>
    ${to ? html`<a class="row" href=${to} onClick=${onClick}>${inside}</a>` : html`<button class="row" type="button" onClick=${onClick}>${inside}</button>`}
    ${!read && html`<button class="ghost" type="button" aria-label=${t("notifications.inbox.mark_read")} title=${t("notifications.inbox.mark_read")} onClick=${() => markRead([one.seq])}><${Icon} name="check" /></button>`}
    ${!read && html`<span class="dot" title=${t("notifications.inbox.new")}><span class="visually-hidden">${t("notifications.inbox.new")}</span></span>`}</li>`
}

/** J, K and the arrow keys move through the rows, E marks one as read. @param {any} event */
function onKeyDown(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const rows = /** @type {HTMLElement[]} */ ([...event.currentTarget.querySelectorAll(".notification > .row")])
  const at = rows.findIndex(row => row.parentElement?.contains(document.activeElement))
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[/** @type {"j"} */ (event.key)]
  if (step) rows[Math.min(rows.length - 1, Math.max(0, at + step))]?.focus()
  else if (event.key === "e" && at >= 0) {
    markRead([Number(rows[at].parentElement?.dataset.seq)])
    rows[Math.min(rows.length - 1, at + 1)]?.focus()
  } else return
  event.preventDefault()
}

export function InboxView() {
  const inbox = channel(inboxChannel), unreadOnly = useSignal(false), problem = useSignal(""), loadingOlder = useRef(false)
  useLoad(() => { inbox.open({ newest: true }).then(answer => { problem.value = answer?.error ?? "" }) }, [])
  inbox.version.value
  const all = /** @type {any[]} */ (inbox.log.items).filter(one => !one.deleted), shown = (unreadOnly.value ? all.filter(one => !isRead(one)) : all).slice().reverse()
  async function more() {
    loadingOlder.current = true
    await inbox.loadOlder()
    loadingOlder.current = false
  }
  async function markAll() {
    const answer = markAllRead()
    toast(t("notifications.inbox.all.done"))
    const { error } = await answer
    if (error) toast(error, { danger: true })
  }
  if (problem.value) return html`<div class="empty"><${Icon} name="circle-alert" /><p>${problem.value}</p></div>`
  if (!inbox.loaded.value) return html`<div class="empty" aria-busy="true"><${Icon} name="loader-circle" spin /></div>`
  return html`<div class="inbox">
    <${NotificationPrompt} />
    <div class="inbox-bar"><div class="segments" role="group" aria-label=${t("notifications.inbox.show")}>
      ${[[false, "notifications.inbox.everything"], [true, "notifications.inbox.waiting"]].map(([only, key]) => html`<label><input type="radio" name="waiting" checked=${unreadOnly.value === only} onChange=${() => { unreadOnly.value = Boolean(only) }} />${t(String(key))}</label>`)}</div>
      <button class="plain" type="button" disabled=${!unreadCount.value} onClick=${markAll}><${Icon} name="check-check" />${t("notifications.inbox.all")}</button></div>
    <ol class="notifications" onKeyDown=${onKeyDown} aria-label=${t("notifications.inbox.title")}>${shown.map((one, index) => html`
      ${(!index || dayOf(shown[index - 1].at) !== dayOf(one.at)) && html`<li class="notification-day" key=${`day${one.seq}`}><h2>${dayName(one.at)}</h2></li>`}
      <${Row} key=${one.seq} one=${one} />`)}</ol>
    ${!shown.length && html`<div class="empty"><${Icon} name="inbox" /><h2>${t(unreadOnly.value ? "notifications.inbox.none.waiting" : "notifications.inbox.none")}</h2><p>${t("notifications.inbox.none.why")}</p></div>`}
    ${!inbox.log.complete && html`<button class="plain" type="button" onClick=${more}>${t("notifications.inbox.more")}</button>`}
  </div>`
}

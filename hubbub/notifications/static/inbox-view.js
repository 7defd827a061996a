// The inbox: conversations by day, the newest first, and filters.
import { html, Icon, wide } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { useEffect, useLayoutEffect, useRef } from "../../web/static/vendor/preact.js"
import { dayName, dayOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { allDone, done, replyingTo, snooze, snoozing } from "./inbox-acts.js"
import { counts, filter, FILTERS, followGroups, groups, hasMore, loadMore, newestOf, problem, refresh, setFilter } from "./inbox-groups.js"
import { keepFocus, onInboxKeys, onInboxSwipe } from "./inbox-keys.js"
import { unreadCount } from "./inbox.js"
import { GroupRow } from "./inbox-row.js"
import { offersFor } from "./notification.js"
import { NotificationPrompt } from "./notification-prompt.js"
import { TimeDialog } from "./time-dialog.js"
import "./why.js"

/** @typedef {import("./inbox-groups.js").Group} Group */

/** The unread notifications of a filter. @param {import("./inbox-groups.js").Filter} name */
const countOf = name => name === "all" ? 0 : name === "unread" ? unreadCount.value : counts.value[name] ?? 0

function Filters() {
  const bar = useRef(/** @type {HTMLElement | null} */ (null))
  useEffect(() => { bar.current?.querySelector("label:has(:checked)")?.scrollIntoView({ block: "nearest", inline: "nearest" }) }, [])
  return html`<div class="inbox-filters" ref=${bar} role="group" aria-label=${t("notifications.inbox.show")}>${FILTERS.map(name => html`
    <label key=${name} class="inbox-filter"><input type="radio" name="inbox-filter" checked=${filter.value === name} onChange=${() => setFilter(name)} />${t(`notifications.inbox.filter.${name}`)}
      ${countOf(name) > 0 && html`<b>${countOf(name) > 999 ? "999+" : countOf(name)}</b>`}</label>`)}</div>`
}

/** Loads earlier conversations when it comes into view; also a button. */
function More() {
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null))
  useEffect(() => {
    const watch = new IntersectionObserver(([{ isIntersecting }]) => { if (isIntersecting) loadMore() }, { rootMargin: "400px" })
    if (button.current) watch.observe(button.current)
    return () => watch.disconnect()
  }, [groups.value?.length])
  return html`<button class="plain" type="button" ref=${button} onClick=${loadMore}>${t("notifications.inbox.more")}</button>`
}

function Snooze() {
  if (!snoozing.value) return null
  const { group, anchor } = snoozing.value, isSnoozed = Boolean(newestOf(group).snoozed_until)
  return html`<${TimeDialog} title=${t("notifications.snooze.title")} anchor=${anchor} close=${() => { snoozing.value = null }} choose=${(/** @type {number} */ until) => snooze(group, until)}
    extra=${isSnoozed && { label: t("notifications.snooze.now"), act: () => snooze(group, 0) }} />`
}

/** @param {Group[]} shown */
function days(shown) {
  return shown.flatMap((group, index) => { // one list, so that a row that moves stays the same element, with its focus and reply
    const { at } = newestOf(group), isNewDay = filter.value !== "snoozed" && (!index || dayOf(newestOf(shown[index - 1]).at) !== dayOf(at))
    const row = html`<${GroupRow} key=${group.conversation} group=${group} />`
    return isNewDay ? [html`<li class="notification-day" key=${`day${dayOf(at)}`}><h2>${dayName(at)}</h2></li>`, row] : [row]
  })
}

/** Do something with a row, by a key or a swipe. @param {HTMLElement} row @param {"done" | "snooze" | "reply"} name */
function act(row, name) {
  const group = groups.peek()?.find((/** @type {Group} */ { conversation }) => conversation === row.dataset.conversation)
  if (!group) return
  if (name === "reply") { if (offersFor(newestOf(group)).mayReply?.(newestOf(group))) replyingTo.value = group.conversation } else if (!group.unread && filter.peek() !== "snoozed") return
  else if (name === "done") done(group)
  else snoozing.value = { group, anchor: row.querySelector("[data-act=snooze]") }
}

/** In the top bar. */
export function MarkAll() {
  const count = filter.value === "all" ? unreadCount.value : countOf(filter.value), words = t("notifications.inbox.all")
  if (filter.value === "snoozed") return null
  return html`<button class="ghost" type="button" title=${words} aria-label=${words} disabled=${!count} onClick=${() => allDone(count)}><${Icon} name="check-check" />${wide.value && words}</button>`
}

export function InboxView() {
  const list = useRef(/** @type {HTMLElement | null} */ (null)), shown = groups.value, isSnoozed = filter.value === "snoozed"
  useLoad(() => { refresh() }, [filter.value])
  useEffect(() => {
    const stop = followGroups()
    return () => { stop(); replyingTo.value = ""; snoozing.value = null }
  }, [])
  useLayoutEffect(() => {
    if (!list.current) return
    const stops = [onInboxKeys(list.current, act), onInboxSwipe(list.current, act), keepFocus(list.current)]
    return () => stops.forEach(stop => stop())
  }, [shown === null])
  if (!shown && problem.value) return html`<div class="empty"><${Icon} name="circle-alert" /><p>${problem.value}</p></div>`
  if (!shown) return html`<div class="empty" aria-busy="true"><${Icon} name="loader-circle" spin /></div>`
  return html`<div class="inbox">
    <${NotificationPrompt} />
    <${Filters} />
    <ol class="notifications" ref=${list} aria-label=${t("notifications.inbox.title")}>${days(shown)}</ol>
    ${!shown.length && html`<div class="empty"><${Icon} name=${isSnoozed ? "clock-4" : "inbox"} /><h2>${t(filter.value === "all" ? "notifications.inbox.none" : isSnoozed ? "notifications.snooze.none" : "notifications.inbox.none.waiting")}</h2>
      <p>${t(isSnoozed ? "notifications.snooze.none.why" : "notifications.inbox.none.why")}</p></div>`}
    ${hasMore.value && html`<${More} />`}
    <${Snooze} /></div>`
}

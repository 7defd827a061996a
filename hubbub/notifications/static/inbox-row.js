// A conversation in the inbox: its last lines, and what one can do with it without opening it.
import { Menu } from "../../web/static/menu.js"
import { html, Icon, wide } from "../../web/static/shell.js"
import { useRef } from "../../web/static/vendor/preact.js"
import { ago, momentOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { done, markOpened, open, replyingTo, snoozing } from "./inbox-acts.js"
import { filter, newestOf } from "./inbox-groups.js"
import { addressOf, authorOf, conversationName, headOf, offersFor, rowParts, textOf } from "./notification.js"
import { UrgentPart } from "./urgent-row.js"
import { Face, PublishedParts, Signs } from "./published.js"
import { whenOf } from "./snooze-times.js"

/** @typedef {import("./inbox-groups.js").Group} Group */
/** @typedef {import("./inbox.js").Notification} Notification */

/** Who said what; the icon and a screen reader tell why. @param {{ one: Notification, name: string }} props */
function Line({ one, name }) {
  const { title, icon } = headOf(one), author = one.author ? authorOf(one) : name
  return html`<span class=${one.read ? "last-line" : "last-line unread"}><span class="reason" title=${title}><${Icon} name=${icon} /><span class="visually-hidden">${title}</span></span>
    <span class="said">${author !== name && html`<b aria-hidden="true" dir="auto">${author}</b> `}${one.publication && html`<${Signs} one=${one} />`}<span class="excerpt" dir="auto">${textOf(one)}</span></span></span>`
}

/** @param {{ icon: string, label: string, act: (event: any) => void, name?: string }} props */
function Act({ icon, label, act, name }) {
  return html`<button class="ghost" type="button" data-act=${name} aria-label=${label} title=${label} onClick=${act}><${Icon} name=${icon} /></button>`
}

/** @param {{ group: Group, name: string }} props */
function Acts({ group, name }) {
  const one = newestOf(group), offers = offersFor(one), may = offers.mayReply?.(one), canDone = group.unread > 0 || filter.value === "snoozed"
  /** @param {any} event */
  const anchorOf = event => event?.currentTarget?.isConnected ? event.currentTarget : document.activeElement
  const acts = [
    !wide.value && canDone && { icon: "check", name: "done", label: t("notifications.inbox.done"), act: () => done(group) },
    may && { icon: "reply", name: "reply", label: t("notifications.inbox.reply"), act: () => { replyingTo.value = group.conversation } },
    may && offers.react && { icon: "smile-plus", name: "react", label: t("notifications.inbox.react"), act: (/** @type {any} */ event) => offers.react?.(one, anchorOf(event)) },
    (group.unread > 0 || one.snoozed_until) && { icon: "clock-4", name: "snooze", label: t("notifications.snooze"), act: (/** @type {any} */ event) => { snoozing.value = { group, anchor: anchorOf(event) } } },
  ].flatMap(choice => choice || [])
  const rest = offers.choices?.(one) ?? [], menu = wide.value ? rest : [...acts, ...rest]
  return html`<div class="acts" role="group" aria-label=${name}>${wide.value && acts.map(choice => html`<${Act} key=${choice.name} ...${choice} />`)}
    ${menu.some(Boolean) && html`<${Menu} label=${t("notifications.inbox.acts")} items=${menu} />`}
    ${wide.value && canDone && html`<${Act} icon="check" name="done" label=${t("notifications.inbox.done")} act=${() => done(group)} />`}</div>`
}

/** @param {{ group: Group }} props */
export function GroupRow({ group }) {
  const one = newestOf(group), to = addressOf(one), { icon } = headOf(one), name = conversationName(one), part = useRef(/** @type {HTMLElement | null} */ (null))
  const Reply = replyingTo.value === group.conversation && offersFor(one).Reply
  const usual = one.author ? html`<${Avatar} id=${one.author} icon=${one.alias?.icon} />` : html`<span class="avatar"><${Icon} name=${icon} /></span>`
  const inside = html`<span class="face">${one.icon && one.publication ? html`<${Face} key=${one.publication} one=${one} usual=${usual} />` : usual}</span>
    <span class="label"><span class="what"><span dir="auto">${name}</span>${group.unread > 1 && html`<span class="badge" aria-label=${t("notifications.inbox.unread", { n: group.unread })}>${group.unread > 99 ? "99+" : group.unread}</span>`}</span>
      ${group.items.map(item => html`<${Line} key=${item.seq} one=${item} name=${name} />`)}</span>
    ${one.snoozed_until && filter.value === "snoozed" ? html`<time class="until" title=${momentOf(one.snoozed_until)}><${Icon} name="clock-4" />${whenOf(one.snoozed_until)}</time>` : html`<time title=${momentOf(one.at)}>${ago(one.at)}</time>`}`
  /** @param {any} event */
  const onClick = event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return markOpened(group)
    event.preventDefault()
    open(group)
  }
  /** @param {boolean} back */
  const close = back => {
    replyingTo.value = ""
    if (back) /** @type {HTMLElement | null | undefined} */ (part.current?.querySelector(".row"))?.focus()
  }
  return html`<li class=${group.unread ? "notification unread" : "notification"} ref=${part} data-conversation=${group.conversation}>
    ${to ? html`<a class="row" href=${to} onClick=${onClick}>${inside}</a>` : html`<button class="row" type="button" onClick=${onClick}>${inside}</button>`}
    <${Acts} group=${group} name=${name} />
    ${one.publication && html`<${PublishedParts} key=${`parts${one.seq}`} one=${one} />`}
    <${UrgentPart} one=${one} group=${group} />
    ${group.unread > 0 && html`<span class="dot" title=${t("notifications.inbox.new")}><span class="visually-hidden">${t("notifications.inbox.new")}</span></span>`}
    ${rowParts.value.map(row => html`<${row} one=${one} group=${group} />`)}
    ${Reply && html`<div class="reply-here"><${Reply} one=${one} close=${close} /></div>`}</li>`
}

// One message: author and time at the head of a group, text, attachments, reactions, and its state while being sent.
import { html, Icon } from "../../web/static/shell.js"
import { lazy } from "../../web/static/lazy.js"
import { useComputed, useSignal } from "../../web/static/vendor/preact.js"
import { dayName, momentOf, timeOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { openCard, person } from "../../people/static/directory.js"
import { openedMessageDialog } from "./actions.js"
import { Attachments } from "./attachments.js"
import { authorName, messageLabel } from "./message-label.js"
import { RoomEvents } from "./room-events.js"
import { Prose } from "./prose.js"
import { Quote } from "./quote.js"
import { Reactions } from "./reactions.js"
import { ThreadSummary, RepliedTo } from "./thread-summary.js"

/** @typedef {import("./rows.js").Row & { context: import("./list-state.js").ListContext, reach: boolean, flash?: boolean }} Props */
/** @typedef {import("../../web/static/types").Item} Item */

const MOST_LINES = 20, MOST_TEXT = 2400
const SendState = lazy(() => import("./soon.js").then(({ SendState }) => SendState), true)
const Toolbar = lazy(() => import("./soon.js").then(({ Toolbar }) => Toolbar), true)
/** Long messages that were expanded. @type {Set<string>} */
const unfolded = new Set()

/** @param {{ at: number }} props */
export function Moment({ at }) {
  return html`<time datetime=${new Date(at * 1000).toISOString()} title=${momentOf(at)}>${timeOf(at)}</time>`
}

/** @param {Item} item */
const openAuthor = item => (/** @type {any} */ event) => openCard(item.author, event.currentTarget)

/** @param {{ item: Item }} props */
function By({ item }) {
  const open = openAuthor(item)
  return html`<p class="by"><button type="button" onClick=${open}><b dir="auto">${authorName(item) || "…"}</b></button> ${person(item.author).role === "bot" && html`<span class="bot">${t("people.role.bot")}</span>`} <${Moment} at=${item.at} />
    ${item.pinned && html`<span class="pinned"><${Icon} name="pin" />${t("chat.message.pinned")}</span>`}</p>`
}

/** @param {{ channel: string, item: Item }} props */
function Edited({ channel, item }) {
  return html`<button class="edited" type="button" title=${momentOf(item.edited ?? 0)}
    onClick=${() => { openedMessageDialog.value = { kind: "history", channel, item } }}>${t("chat.message.edited")}</button>`
}

/** @param {{ id: string, channel: string, item: Item, queued: boolean }} props */
function Text({ id, channel, item, queued }) {
  const open = useSignal(unfolded.has(id))
  const long = item.text.length > MOST_TEXT || item.text.split("\n", MOST_LINES + 1).length > MOST_LINES
  const after = [item.edited && html`<${Edited} channel=${channel} item=${item} />`, queued && html`<span class="waiting"><${Icon} name="clock-4" /><span class="visually-hidden">${t("chat.message.queued")}</span></span>`]
  if (!item.text) return null
  const prose = html`<${Prose} text=${item.text} mentions=${item.seq === Infinity ? undefined : item.mentions ?? {}} quotes=${item.quotes} after=${after} />`
  if (!long) return prose
  function turn() {
    if (open.value = !open.value) unfolded.add(id)
    else unfolded.delete(id)
  }
  return html`<div class=${open.value ? "long" : "long folded"}>${prose}</div>
    <button class="more" type="button" aria-expanded=${open.value ? "true" : "false"} onClick=${turn}>
      <${Icon} name=${open.value ? "chevron-up" : "chevron-down"} />${t(open.value ? "chat.message.less" : "chat.message.more")}</button>`
}

/** @param {Props} props */
function Body({ id, item, job, context }) {
  const { channel, root } = context
  if (item.deleted) return html`<p class="deleted">${t("chat.message.deleted")}</p>
    ${!root && item.replies && html`<${ThreadSummary} channel=${channel} item=${item} />`}`
  return html`
    ${item.thread && !root && html`<${RepliedTo} channel=${channel} root=${item.thread} />`}
    ${item.quote && html`<${Quote} channel=${channel} seq=${item.quote} />`}
    <${Text} id=${id} channel=${channel} item=${item} queued=${job?.state === "queued"} />
    <${Attachments} channel=${channel} item=${item} />
    ${job && /failed|waiting|uploading/.test(job.state) && html`<${SendState} job=${job} context=${context} />`}
    ${item.reactions && html`<${Reactions} channel=${channel} item=${item} />`}
    ${!root && item.replies && html`<${ThreadSummary} channel=${channel} item=${item} />`}`
}

/**
 * Render a row only if a prop changed, or a name in it: it reads signals, so signals compare its props.
 * @param {Props} props
 */
export function Message(props) {
  const { id, item, lines, job, head, day, divider, context, reach, flash } = props
  const active = useComputed(() => context.active.value === id)
  const classes = ["message", lines ? "lines" : head && "head", job?.state, flash && "flash", item.pinned && "pinned", item.seq === context.root && "root"].filter(Boolean).join(" ")
  return html`<li class=${classes} data-id=${id} data-seq=${item.seq} data-to=${lines?.[lines.length - 1].seq ?? item.seq}
    tabindex=${reach ? 0 : -1} aria-label=${lines ? undefined : messageLabel(item)}>
    ${day && html`<h2 class="day-divider"><span>${dayName(item.at)}</span></h2>`}
    ${divider && html`<p class="new-divider"><span>${t("chat.list.rule")}</span></p>`}
    ${lines ? html`<${RoomEvents} lines=${lines} />` : html`
      <div class="gutter">${head ? html`<button class="face" type="button" tabindex="-1" onClick=${openAuthor(item)}><${Avatar} id=${item.author} icon=${item.alias?.icon} /><span class="visually-hidden">${authorName(item)}</span></button>` : html`<${Moment} at=${item.at} />`}</div>
      <div class="content">
        ${head ? html`<${By} item=${item} />` : html`<span class="visually-hidden">${authorName(item)}, </span>`}
        <${Body} ...${props} />
      </div>
      ${active.value && !job && !item.deleted && html`<${Toolbar} item=${item} context=${context} />`}`}
  </li>`
}

// One message: who and when at the head of a group, the text, what hangs on it, and how it stands while on its way.
import { html, Icon } from "../../web/static/shell.js"
import { useComputed, useSignal } from "../../web/static/vendor/preact.js"
import { dayName, momentOf, timeOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Attachments } from "../../files/static/attachments.js"
import { Avatar } from "../../people/static/avatar.js"
import { openCard, person } from "../../people/static/directory.js"
import { asking } from "./actions.js"
import { Failure } from "./failure.js"
import { labelOf } from "./label.js"
import { Lines } from "./lines.js"
import { Prose } from "./prose.js"
import { Quote } from "./quote.js"
import { Reactions } from "./reactions.js"
import { Answers, InThread } from "./answers.js"
import { Toolbar } from "./toolbar.js"

/** @typedef {import("./rows.js").Row & { scene: import("./list-state.js").Scene, reach: boolean, flash?: boolean }} Props */
/** @typedef {import("../../web/static/types").Item} Item */

const MOST_LINES = 20, MOST_TEXT = 2400
/** Long messages that were unfolded. @type {Set<string>} */
const unfolded = new Set()

/** @param {{ at: number }} props */
export function Moment({ at }) {
  return html`<time datetime=${new Date(at * 1000).toISOString()} title=${momentOf(at)}>${timeOf(at)}</time>`
}

/** @param {{ item: Item }} props */
function By({ item }) {
  const { name } = person(item.author)
  /** @param {any} event */
  const open = event => openCard(item.author, event.currentTarget)
  return html`<p class="by"><button type="button" onClick=${open}><b dir="auto">${name || "…"}</b></button> <${Moment} at=${item.at} />
    ${item.pinned && html`<span class="pinned"><${Icon} name="pin" />${t("chat.message.pinned")}</span>`}</p>`
}

/** @param {{ channel: string, item: Item }} props */
function Edited({ channel, item }) {
  return html`<button class="edited" type="button" title=${momentOf(item.edited ?? 0)}
    onClick=${() => { asking.value = { kind: "history", channel, item } }}>${t("chat.message.edited")}</button>`
}

/** @param {{ id: string, channel: string, item: Item, queued: boolean }} props */
function Text({ id, channel, item, queued }) {
  const open = useSignal(unfolded.has(id))
  const long = item.text.length > MOST_TEXT || item.text.split("\n", MOST_LINES + 1).length > MOST_LINES
  const after = [item.edited && html`<${Edited} channel=${channel} item=${item} />`,
    queued && html`<span class="waiting"><${Icon} name="clock-4" /><span class="hidden-words">${t("chat.message.queued")}</span></span>`]
  if (!item.text) return null
  const prose = html`<${Prose} text=${item.text} mentions=${item.seq === Infinity ? undefined : item.mentions ?? {}} quotes=${item.quotes} after=${after} />`
  if (!long) return prose
  function turn() {
    open.value = !open.value
    if (open.value) unfolded.add(id)
    else unfolded.delete(id)
  }
  return html`<div class=${open.value ? "long" : "long folded"}>${prose}</div>
    <button class="more" type="button" aria-expanded=${open.value ? "true" : "false"} onClick=${turn}>
      <${Icon} name=${open.value ? "chevron-up" : "chevron-down"} />${t(open.value ? "chat.message.less" : "chat.message.more")}</button>`
}

/** @param {Props} props */
function Body({ id, item, job, scene }) {
  const { channel, root } = scene
  if (item.deleted) return html`<p class="gone">${t("chat.message.deleted")}</p>
    ${!root && item.replies && html`<${Answers} channel=${channel} item=${item} />`}`
  return html`
    ${item.thread && !root && html`<${InThread} channel=${channel} root=${item.thread} />`}
    ${item.quote && html`<${Quote} channel=${channel} seq=${item.quote} />`}
    <${Text} id=${id} channel=${channel} item=${item} queued=${job?.state === "queued"} />
    ${item.files && html`<${Attachments} files=${item.files} />`}
    ${job?.state === "failed" && html`<${Failure} job=${job} scene=${scene} />`}
    ${item.reactions && html`<${Reactions} channel=${channel} item=${item} />`}
    ${!root && item.replies && html`<${Answers} channel=${channel} item=${item} />`}`
}

/**
 * Drawn again only when a prop or a name in it changes: it reads signals, so signals compare its props for it.
 * @param {Props} props
 */
export function Message(props) {
  const { id, item, lines, job, head, day, rule, scene, reach, flash } = props
  const active = useComputed(() => scene.active.value === id)
  const look = ["message", lines ? "lines" : head && "head", job?.state, flash && "flash", item.pinned && "pinned", item.seq === scene.root && "root"].filter(Boolean).join(" ")
  return html`<li class=${look} data-id=${id} data-seq=${item.seq} data-to=${lines?.[lines.length - 1].seq ?? item.seq}
    tabindex=${reach ? 0 : -1} aria-label=${lines ? undefined : labelOf(item)}>
    ${day && html`<h2 class="day"><span>${dayName(item.at)}</span></h2>`}
    ${rule && html`<p class="rule"><span>${t("chat.list.rule")}</span></p>`}
    ${lines ? html`<${Lines} lines=${lines} />` : html`
      <div class="gutter">${head ? html`<${Avatar} id=${item.author} />` : html`<${Moment} at=${item.at} />`}</div>
      <div class="content">
        ${head ? html`<${By} item=${item} />` : html`<span class="hidden-words">${person(item.author).name}, </span>`}
        <${Body} ...${props} />
      </div>
      ${active.value && !job && !item.deleted && html`<${Toolbar} item=${item} scene=${scene} />`}`}
  </li>`
}

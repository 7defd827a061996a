// One unread conversation: why it matters, its unread messages and the one before them.
import { Avatar } from "../../people/static/avatar.js"
import { addPeople, person } from "../../people/static/directory.js"
import { channel as channelOf } from "../../web/static/channels.js"
import { get } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { ago, momentOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Heading } from "./list-heading.js"
import { Prose } from "./prose.js"
import { readCursor, threads, unreadCount, unreadReplies } from "./user-state.js"

/** @typedef {import("./catch-up-order.js").Conversation} Conversation */
/** @typedef {import("../../web/static/types").Item} Item */

const MOST = 20, PAGE = 50
const ICONS = { direct: "message-circle", mention: "at-sign", thread: "messages-square", everything: "bell-dot", rest: "hash" }

/** The unread messages of a conversation, and the one before them. @param {Conversation} one */
export async function loadConversation({ channel, root }) {
  if (root) {
    const { ok } = await get(`/api/channels/${channel}/threads/${root}?limit=${PAGE}`)
    if (!ok) return null
    addPeople(ok.people)
    const seq = ok.cursor?.[0] ?? 0, fresh = ok.items.filter((/** @type {Item} */ item) => item.seq > seq && !item.deleted)
    return { before: ok.root, fresh, head: ok.items.at(-1)?.seq ?? root, unread: unreadReplies(threads.peek().find(one => one.channel === channel && one.root === root)) }
  }
  const { seq } = readCursor(channel), { ok } = await get(`/api/channels/${channel}/window?limit=${PAGE}&around=${seq + 1}`)
  if (!ok) return null
  addPeople(ok.people)
  const messages = ok.items.filter((/** @type {Item} */ { kind, deleted }) => kind === "message" && !deleted)
  const fresh = messages.filter((/** @type {Item} */ item) => item.seq > seq)
  return { before: messages.findLast((/** @type {Item} */ item) => item.seq <= seq) ?? null, fresh, head: channelOf(channel).log.cursor[0], unread: unreadCount(channel) }
}

/** @param {{ item: Item, old?: boolean }} props */
function Line({ item, old = false }) {
  return html`<li class=${old ? "line old" : "line"}><${Avatar} id=${item.author} small /><div><p class="by"><b dir="auto">${person(item.author).name || "…"}</b> <time title=${momentOf(item.at)}>${ago(item.at)}</time></p>
    <${Prose} text=${item.text || t("chat.quote.files")} mentions=${item.mentions ?? {}} quotes=${item.quotes} /></div></li>`
}

/** @param {{ one: Conversation, found: any }} props */
export function ConversationCard({ one, found }) {
  const shown = found?.fresh.slice(0, MOST) ?? [], more = found ? Math.max(0, found.unread - shown.length) : 0
  return html`<article class="later catch-card" aria-label=${t(`chat.catch.why.${one.why}`)}>
    <${Heading} channel=${one.channel} more=${html`<span class="why"><${Icon} name=${ICONS[one.why]} />${t(`chat.catch.why.${one.why}`)}</span>`} />
    ${!found ? html`<div aria-busy="true"><${Icon} name="loader-circle" spin /></div>` : html`<ol tabindex="0" aria-label=${t("chat.catch.messages")}>
      ${found.before && html`<${Line} item=${found.before} old />`}${shown.map((/** @type {Item} */ item) => html`<${Line} key=${item.seq} item=${item} />`)}</ol>
      ${more > 0 && html`<p class="hint">${t("chat.catch.more", { n: more })}</p>`}`}</article>`
}

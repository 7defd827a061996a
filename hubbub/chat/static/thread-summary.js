// The thread of a message in one line: who replied, how many replies, the last one, how many are unread.
import { html, Icon } from "../../web/static/shell.js"
import { ago } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { person } from "../../people/static/directory.js"
import { openThread } from "./actions.js"
import { excerpt } from "./markdown.js"
import { messageAt } from "./quote.js"
import { threads, unreadReplies } from "./user-state.js"

/** @param {{ channel: string, item: import("../../web/static/types").Item }} props */
export function ThreadSummary({ channel, item }) {
  const { n, at, people } = /** @type {NonNullable<typeof item.replies>} */ (item.replies)
  const unread = unreadReplies(threads.value.find(thread => thread.channel === channel && thread.root === item.seq))
  return html`<button class=${unread > 0 ? "thread-summary unread" : "thread-summary"} type="button" onClick=${() => openThread(channel, item.seq)}>
    <span class="faces">${people.map(id => html`<${Avatar} key=${id} id=${id} small />`)}</span>
    <b>${t("chat.answers.count", { n })}</b>
    ${unread > 0 && html`<em>${t("chat.answers.new", { n: unread })}</em>`}
    <span>${t("chat.answers.last", { when: ago(at) })}</span></button>`
}

/**
 * Above a reply that was also sent to the room: the message it replies to.
 * @param {{ channel: string, root: number }} props
 */
export function RepliedTo({ channel, root }) {
  const root_ = messageAt(channel, root)
  return html`<button class="replied-to" type="button" onClick=${() => openThread(channel, root)}><${Icon} name="corner-up-left" />
    <span>${t("chat.answers.to", { name: root_ ? person(root_.author).name : "…" })} <i dir="auto">${root_ ? excerpt(root_.text, 80) : ""}</i></span></button>`
}

// The thread below a message, in a line: who answered, how often, when last, whether something there is unread.
import { html, Icon } from "../../web/static/shell.js"
import { ago } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { person } from "../../people/static/directory.js"
import { openThread } from "./actions.js"
import { excerpt } from "./markdown.js"
import { message } from "./quote.js"
import { threads } from "./standing.js"

/** @param {{ channel: string, item: import("../../web/static/types").Item }} props */
export function Answers({ channel, item }) {
  const { n, at, people } = /** @type {NonNullable<typeof item.replies>} */ (item.replies)
  const mine = threads.value.find(thread => thread.channel === channel && thread.root === item.seq)
  const fresh = mine ? mine.replies - mine.n : 0
  return html`<button class=${fresh > 0 ? "answers fresh" : "answers"} type="button" onClick=${() => openThread(channel, item.seq)}>
    <span class="faces">${people.map(id => html`<${Avatar} key=${id} id=${id} small />`)}</span>
    <b>${t("chat.answers.count", { n })}</b>
    ${fresh > 0 && html`<em>${t("chat.answers.new", { n: fresh })}</em>`}
    <span>${t("chat.answers.last", { when: ago(at) })}</span></button>`
}

/** Over a reply that was also sent to the room: what it answers. @param {{ channel: string, root: number }} props */
export function InThread({ channel, root }) {
  const said = message(channel, root)
  return html`<button class="in-thread" type="button" onClick=${() => openThread(channel, root)}><${Icon} name="corner-up-left" />
    <span>${t("chat.answers.to", { name: said ? person(said.author).name : "…" })} <i dir="auto">${said ? excerpt(said.text, 80) : ""}</i></span></button>`
}

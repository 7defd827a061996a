// The page's part of polls: the command /poll, and polls in messages.
import { outbox } from "../../web/static/channels.js"
import { request } from "../../web/static/connection.js"
import { addFilterValue } from "../../web/static/find.js"
import { makeKey } from "../../web/static/outbox.js"
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { isMine, mayAct } from "../../chat/static/actions.js"
import { registerAttachment } from "../../chat/static/attachments.js"
import { registerCommand } from "../../chat/static/commands.js"
import { me } from "../../people/static/me.js"
import { closed, voted } from "./reducers.js"

registerCommand("poll", "polls.command", (rest, { channel }) => {
  const [question, ...options] = rest.split("|").map(part => part.trim())
  return request("poll", { channel, question, options, key: makeKey() })
}, "polls.command.arguments")

addFilterValue("has", "poll", "polls.filter")

registerAttachment("poll", Poll, {
  voted: { event: "vote", refused: "polls.refused.vote", apply: voted },
  poll_closed: { event: "close_poll", refused: "polls.refused.close", apply: closed },
})

/** @param {{ channel: string, item: import("../../web/static/types").Item }} props */
function Poll({ channel, item }) {
  const { options, votes = {}, closed = false } = /** @type {import("./reducers.js").Poll} */ (item.poll)
  const all = Object.values(votes), mine = votes[me.value?.id ?? 0], may = mayAct(channel) && !closed
  return html`<div class="poll">
    ${options.map((option, index) => {
      const n = all.filter(vote => vote === index).length
      return html`<button type="button" aria-pressed=${mine === index ? "true" : "false"} disabled=${!may}
        onClick=${() => outbox.send("vote", { channel, seq: item.seq, option: index })}>
        <span dir="auto">${option}</span><meter max=${all.length || 1} value=${n}></meter><b>${n}</b></button>`
    })}
    <p>${t(closed ? "polls.closed" : "polls.votes", { n: all.length })}
      ${may && isMine(item) && html`<button class="plain" type="button"
        onClick=${() => outbox.send("close_poll", { channel, seq: item.seq })}>${t("polls.close")}</button>`}</p>
  </div>`
}

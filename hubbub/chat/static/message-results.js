// The tab of the search with messages: each with the messages around it, and what was found highlighted.
import { html, Icon } from "../../web/static/shell.js"
import { dayName, momentOf, timeOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { person } from "../../people/static/directory.js"
import { Attachments } from "./attachments.js"
import { highlighter } from "./highlight.js"
import { excerpt } from "./markdown.js"
import { Prose } from "./prose.js"
import { messageAt } from "./quote.js"
import { useMessages } from "./search-messages.js"
import { room, roomName } from "./user-state.js"

/** The name of a room, also of one that I am not in. @param {string} channel @param {Record<string, string>} names */
export function nameOf(channel, names) {
  const here = room(channel)
  return here ? roomName(here) : names[channel] ?? ""
}

/** A message before or after, in one line. @param {{ item: any }} props */
function Near({ item }) {
  return html`<p class="context"><b dir="auto">${person(item.author).name}</b> <span dir="auto">${excerpt(item.text) || t("chat.quote.files")}</span></p>`
}

/** @param {{ item: any, names: Record<string, string>, split: (text: string) => string[] }} props */
function Result({ item: found, names, split }) {
  const now = messageAt(found.channel, found.seq, found), item = { ...found, ...now, channel: found.channel }
  if (!now || now.deleted) return null
  const where = nameOf(item.channel, names), { name } = person(item.author)
  return html`<li class="result"><a class="cover-link" href=${`/room/${item.channel.slice(5)}/${item.seq}`} aria-label=${t("chat.search.open", { name, room: where })}></a>
    ${found.before && html`<${Near} item=${found.before} />`}
    <p class="by"><${Avatar} id=${item.author} small /><b dir="auto">${name}</b>
      <span dir="auto">${where}</span><time title=${momentOf(item.at)}>${dayName(item.at)}, ${timeOf(item.at)}</time></p>
    <${Prose} text=${item.text} mentions=${item.mentions ?? {}} quotes=${item.quotes} split=${split} />
    <${Attachments} channel=${item.channel} item=${item} />
    ${found.after && html`<${Near} item=${found.after} />`}</li>`
}

/** @param {import("../../web/static/find.js").TabProps} props */
export function MessageResults({ query, busy }) {
  const { found, problem, more } = useMessages(query, busy), items = found?.items ?? [], split = highlighter(found?.words ?? [], found?.unfinished)
  return html`<p class="line" role="status">${problem || found && !busy.value && t("chat.search.count", { n: items.length, more: found.before ? "+" : "" })}</p>
    ${found && !items.length && html`<div class="empty"><${Icon} name="search" /><h2>${t("chat.search.none")}</h2><p>${t("chat.search.none.how")}</p></div>`}
    ${items.length > 0 && html`<ol class="results" aria-label=${t("chat.search.title")}>${items.map(item => html`<${Result} key=${`${item.channel}/${item.seq}`} item=${item} names=${found?.rooms ?? {}} split=${split} />`)}</ol>`}
    ${more && html`<button class="plain" type="button" onClick=${more}>${t("chat.search.more")}</button>`}`
}

// The tab of the search with files: those of the messages that are found, first those with the words in their name.
import { html, Icon } from "../../web/static/shell.js"
import { dayName, momentOf } from "../../web/static/dates.js"
import { fold, t } from "../../web/static/strings.js"
import { addressOf, iconOf, sizeOf } from "../../files/static/attachments.js"
import { person } from "../../people/static/directory.js"
import { highlighter } from "./highlight.js"
import { excerpt } from "./markdown.js"
import { nameOf } from "./message-results.js"
import { useMessages } from "./search-messages.js"

/** @typedef {import("../../web/static/types").File} File */

/** The files that match, or all of a message in whose text the words are. @param {{ files?: File[] }} item @param {string} words */
function filesOf({ files = [] }, words) {
  const all = fold(words).split(" "), named = files.filter(({ name }) => all.every(word => fold(name).includes(word)))
  return named.length ? named : files
}

/** @param {{ file: File, item: any, where: string, split: (text: string) => string[] }} props */
function Result({ file, item, where, split }) {
  const name = split(file.name).map((part, at) => at % 2 ? html`<mark>${part}</mark>` : part), message = excerpt(item.text)
  return html`<li class="result file-result"><a class="cover-link" href=${`/room/${item.channel.slice(5)}/${item.seq}`} aria-label=${t("chat.search.file", { file: file.name, name: person(item.author).name })}></a>
    ${file.preview ? html`<img src=${`/files/${file.id}/thumb`} alt="" loading="lazy" decoding="async" />` : html`<span class="sign"><${Icon} name=${iconOf(file.type)} /></span>`}
    <div><p class="by"><b dir="auto">${name}</b><span>${sizeOf(file.size)}</span></p>
      <p class="context"><b dir="auto">${person(item.author).name}</b> <span dir="auto">${where}</span> <time title=${momentOf(item.at)}>${dayName(item.at)}</time>${message && html` <span dir="auto">· ${message}</span>`}</p></div>
    <a class="ghost" href=${addressOf(file)} download=${file.name} aria-label=${t("files.save", { name: file.name, size: sizeOf(file.size) })} title=${t("files.save", { name: file.name, size: sizeOf(file.size) })}><${Icon} name="download" /></a></li>`
}

/** @param {import("../../web/static/find.js").TabProps} props */
export function FileResults({ query, words, busy }) {
  const { found, problem, more } = useMessages(`has:file ${query}`, busy), split = highlighter(found?.words ?? [], found?.unfinished)
  const files = found?.items.flatMap(item => filesOf(item, words).map(file => ({ file, item }))) ?? []
  return html`<p class="line" role="status">${problem || found && !busy.value && t("chat.search.files.count", { n: files.length, more: found.before ? "+" : "" })}</p>
    ${found && !files.length && html`<div class="empty"><${Icon} name="paperclip" /><h2>${t("chat.search.files.none")}</h2><p>${t("chat.search.none.how")}</p></div>`}
    <ol class="results" aria-label=${t("chat.search.files")}>${files.map(({ file, item }) => html`<${Result} key=${file.id} file=${file} item=${item} where=${nameOf(item.channel, found?.rooms ?? {})} split=${split} />`)}</ol>
    ${more && html`<button class="plain" type="button" onClick=${more}>${t("chat.search.more")}</button>`}`
}

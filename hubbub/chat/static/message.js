// One message: who and when at the head of a group, the text, and how it stands while it is on its way.
import { outbox } from "../../web/static/channels.js"
import { html, Icon } from "../../web/static/shell.js"
import { dayName, momentOf, t, timeOf } from "../../web/static/words.js"
import { Avatar, person } from "../../people/static/directory.js"
import { isEmojiOnly, tokens } from "./rows.js"

/** @param {{ at: number }} props */
function Moment({ at }) {
  return html`<time datetime=${new Date(at * 1000).toISOString()} title=${momentOf(at)}>${timeOf(at)}</time>`
}

function Queued() {
  return html`<span class="waiting"><${Icon} name="clock-4" />
    <span class="hidden-words">${t("message.queued")}</span></span>`
}

/** @param {{ text: string, queued: boolean }} props */
function Prose({ text, queued }) {
  return html`<p class=${isEmojiOnly(text) ? "prose emoji" : "prose"} dir="auto">${tokens(text).map(token => token.href
    ? html`<a href=${token.href} target="_blank" rel="noopener noreferrer">${token.text}</a>`
    : token.text)}${queued && html`<${Queued} />`}</p>`
}

/** @param {{ id: string, text: string, words: string, edit: (key: string, text: string) => void }} props */
function Failure({ id, text, words, edit }) {
  const key = id.slice(id.indexOf(":") + 1)
  return html`<div class="failure" role="alert">
    <p class="words"><${Icon} name="circle-alert" /><span>${t("message.failed", { words })}</span></p>
    <button class="plain" type="button" onClick=${() => outbox.retry(key)}>${t("message.retry")}</button>
    <button class="plain" type="button" onClick=${() => edit(key, text)}>${t("message.edit")}</button>
    <button class="plain" type="button" onClick=${() => outbox.discard(key)}>${t("message.discard")}</button>
  </div>`
}

/**
 * Drawn again only when a prop or the author's name changes: it reads a signal, so signals compare its props for it.
 * @param {import("./rows.js").Row & { edit: (key: string, text: string) => void }} props
 */
export function Message({ id, seq, author, at, text, state, words, head, day, rule, edit }) {
  const { name } = person(author)
  return html`<li class=${`message${head ? " head" : ""}${state ? ` ${state}` : ""}`} data-id=${id} data-seq=${seq}>
    ${day && html`<h2 class="day"><span>${dayName(at)}</span></h2>`}
    ${rule && html`<p class="rule"><span>${t("list.rule")}</span></p>`}
    <div class="gutter">${head ? html`<${Avatar} id=${author} />` : html`<${Moment} at=${at} />`}</div>
    <div class="content">
      ${head
        ? html`<p class="by"><b dir="auto">${name || "…"}</b> <${Moment} at=${at} /></p>`
        : html`<span class="hidden-words">${name}, </span>`}
      <${Prose} text=${text} queued=${state === "queued"} />
      ${state === "failed" && html`<${Failure} id=${id} text=${text} words=${words} edit=${edit} />`}
    </div>
  </li>`
}

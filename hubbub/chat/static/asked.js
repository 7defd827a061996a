// What is asked over the page about one message: whether to delete it, how it was before, what to do with it on touch.
import { Dialog } from "../../web/static/dialog.js"
import { get } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { momentOf } from "../../web/static/dates.js"
import { sentence, t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { asking, mayAct, react, recent, remove } from "./actions.js"
import { choices } from "./choices.js"
import { excerpt } from "./markdown.js"
import { pick } from "./picker.js"
import { Prose } from "./prose.js"
import { sceneOf } from "./list-state.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {{ channel: string, item: Item, root?: number }} Props */

function close() { asking.value = null }

/** The row that had the focus is gone: go on with another. */
function stayInList() {
  if (document.activeElement !== document.body) return
  /** @type {HTMLElement | null} */ (document.querySelector(".messages [tabindex='0']"))?.focus()
}

/** @param {Props} props */
function Delete({ channel, item }) {
  function sure() {
    remove(channel, item.seq)
    close()
    setTimeout(stayInList, 100)
  }
  return html`<${Dialog} title=${t("chat.delete.title")} onClose=${close}>
    <blockquote class="said" dir="auto"><b>${person(item.author).name}</b> ${excerpt(item.text) || t("chat.quote.files")}</blockquote>
    <p>${t("chat.delete.words")}</p>
    <div class="verbs"><button class="plain" type="button" onClick=${close}>${t("chat.delete.keep")}</button>
      <button class="primary danger" type="button" autofocus onClick=${sure}>${t("chat.delete.verb")}</button></div>
  <//>`
}

/** @param {Props} props */
function History({ channel, item }) {
  const versions = useSignal(/** @type {Array<{ text: string, at: number }> | null} */ (null)), problem = useSignal("")
  useEffect(() => {
    get(`/api/channels/${channel}/messages/${item.seq}/history`).then(({ ok, error }) => {
      if (ok) versions.value = ok
      else problem.value = sentence(error ?? "")
    })
  }, [])
  return html`<${Dialog} title=${t("chat.history.title")} onClose=${close}>
    ${problem.value && html`<p class="words" role="alert"><${Icon} name="circle-alert" /><span>${problem.value}</span></p>`}
    <ol class="history" reversed>${[...versions.value ?? []].reverse().map(({ text, at }, index) => html`<li key=${at}>
      <p><time>${momentOf(at)}</time>${index === 0 && html` <em>${t("chat.history.now")}</em>`}</p><${Prose} text=${text} mentions=${{}} /></li>`)}</ol>
  <//>`
}

/** @param {Props} props */
function Sheet({ channel, item, root = 0 }) {
  const may = mayAct(channel)
  /** @param {() => void} act */
  const then = act => () => { close(); act() }
  /** @param {any} event */
  const more = event => { const anchor = event.currentTarget; pick(anchor, emoji => { close(); react(channel, item, emoji) }) }
  return html`<${Dialog} title=${excerpt(item.text, 60) || person(item.author).name} onClose=${close} look="sheet-dialog">
    ${may && html`<div class="sheet-emoji">${recent.value.slice(0, 5).map(emoji => html`<button type="button" key=${emoji}
      aria-label=${t("chat.react.with", { emoji })} onClick=${then(() => react(channel, item, emoji))}>${emoji}</button>`)}
      <button type="button" aria-label=${t("chat.react.more")} onClick=${more}><${Icon} name="smile-plus" /></button></div>`}
    <ul class="sheet-verbs">${choices(item, sceneOf(channel, root)).map(({ icon, label, act, danger }) => html`
      <li key=${label}><button class=${danger ? "row danger" : "row"} type="button" onClick=${then(act)}><${Icon} name=${icon} />${label}</button></li>`)}</ul>
  <//>`
}

const KINDS = /** @type {Record<string, any>} */ ({ delete: Delete, history: History, sheet: Sheet })

export function Asked() {
  const now = asking.value
  return now && html`<${KINDS[now.kind]} key=${`${now.kind}/${now.item.seq}`} channel=${now.channel} item=${now.item} root=${now.root} />`
}

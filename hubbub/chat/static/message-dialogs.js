// The dialogs about one message: delete it, its edit history, its actions on touch screens.
import { Dialog } from "../../web/static/dialog.js"
import { get } from "../../web/static/http.js"
import { TimeDialog } from "../../notifications/static/time-dialog.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { momentOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { openedMessageDialog, mayAct, react, recentEmoji, remove } from "./actions.js"
import { remind } from "./remind.js"
import { messageMenu } from "./message-menu.js"
import { excerpt } from "./markdown.js"
import { pickEmoji } from "./emoji.js"
import { Prose } from "./prose.js"
import { listContextOf } from "./list-state.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {{ channel: string, item: Item, root?: number }} Props */

function close() { openedMessageDialog.value = null }

/** The focused row was deleted: focus another one. */
function focusList() {
  if (document.activeElement !== document.body) return
  /** @type {HTMLElement | null} */ (document.querySelector(".messages [tabindex='0']"))?.focus()
}

/** @param {Props} props */
function Delete({ channel, item }) {
  function confirm() {
    remove(channel, item.seq)
    close()
    setTimeout(focusList, 100)
  }
  return html`<${Dialog} title=${t("chat.delete.title")} onClose=${close}>
    <blockquote class="quoted" dir="auto"><b>${person(item.author).name}</b> ${excerpt(item.text) || t("chat.quote.files")}</blockquote>
    <p>${t("chat.delete.words")}</p>
    <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("chat.delete.keep")}</button>
      <button class="primary danger" type="button" autofocus onClick=${confirm}>${t("chat.delete.verb")}</button></div>
  <//>`
}

/** @param {Props} props */
function History({ channel, item }) {
  const versions = useSignal(/** @type {Array<{ text: string, at: number }> | null} */ (null)), problem = useSignal("")
  useEffect(() => {
    get(`/api/channels/${channel}/messages/${item.seq}/history`).then(({ ok, error }) => {
      if (ok) versions.value = ok
      else problem.value = error ?? ""
    })
  }, [])
  return html`<${Dialog} title=${t("chat.history.title")} onClose=${close}>
    ${problem.value && html`<p class="error-text" role="alert"><${Icon} name="circle-alert" /><span>${problem.value}</span></p>`}
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
  const more = event => { const anchor = event.currentTarget; pickEmoji(anchor, emoji => { close(); react(channel, item, emoji) }) }
  return html`<${Dialog} title=${excerpt(item.text, 60) || person(item.author).name} onClose=${close} variant="sheet-dialog">
    ${may && html`<div class="sheet-emoji">${recentEmoji.value.slice(0, 5).map(emoji => html`<button type="button" key=${emoji}
      aria-label=${t("chat.react.with", { emoji })} onClick=${then(() => react(channel, item, emoji))}>${emoji}</button>`)}
      <button type="button" aria-label=${t("chat.react.more")} onClick=${more}><${Icon} name="smile-plus" /></button></div>`}
    <ul class="sheet-verbs">${messageMenu(item, listContextOf(channel, root)).map(({ icon, label, act, danger }) => html`
      <li key=${label}><button class=${danger ? "row danger" : "row"} type="button" onClick=${then(act)}><${Icon} name=${icon} />${label}</button></li>`)}</ul>
  <//>`
}

/** @param {Props} props */
function Remind({ channel, item }) {
  return html`<${TimeDialog} title=${t("chat.remind.title")} close=${close} choose=${(/** @type {number} */ until) => remind(channel, item.seq, until)} />`
}

const DIALOGS = /** @type {Record<string, any>} */ ({ delete: Delete, history: History, sheet: Sheet, remind: Remind })

export function MessageDialogs() {
  const now = openedMessageDialog.value
  return now && html`<${DIALOGS[now.kind]} key=${`${now.kind}/${now.item.seq}`} channel=${now.channel} item=${now.item} root=${now.root} />`
}

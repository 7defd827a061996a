// The bar above the list while the first unread message is out of view: how many, since when, jump, mark as read.
import { html } from "../../web/static/shell.js"
import { timeOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"

/** @param {{ n: number, since: number, jump: () => void, markRead: () => void }} props */
export function UnreadBar({ n, since, jump, markRead }) {
  return html`<div class="unread-bar"><span>${t("chat.unread.since", { n, time: timeOf(since) })}</span>
    <button type="button" onClick=${jump}>${t("chat.unread.jump")}</button>
    <button type="button" onClick=${markRead}>${t("chat.unread.read")}</button></div>`
}

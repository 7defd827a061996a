// Above the list while the first unread message stands higher: how many there are since when, the way there, and to be done with it.
import { html } from "../../web/static/shell.js"
import { t, timeOf } from "../../web/static/words.js"

/** @param {{ n: number, since: number, jump: () => void, settle: () => void }} props */
export function UnreadBar({ n, since, jump, settle }) {
  return html`<div class="unread-bar"><span>${t("unread.since", { n, time: timeOf(since) })}</span>
    <button type="button" onClick=${jump}>${t("unread.jump")}</button>
    <button type="button" onClick=${settle}>${t("unread.read")}</button></div>`
}

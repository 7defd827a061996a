// The bar above the list while the first new message is out of view: how many, since when, jump, mark as read.
import { get } from "../../web/static/http.js"
import { html } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { sinceOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { firstAfter } from "./read-state.js"

/**
 * The time of a message that is not loaded is requested.
 * @param {{ channel: string, divider: import("./read-state.js").Place, n: number, unread: number, jump: () => void, markRead: () => void }} props
 */
export function UnreadBar({ channel, divider: { seq, since }, n, unread, jump, markRead }) {
  const loaded = useSignal(since), at = since || loaded.value
  useEffect(() => {
    if (!since) get(`/api/channels/${channel}/window?limit=3&around=${seq}`).then(({ ok }) => { loaded.value = firstAfter(ok?.items ?? [], seq - 1)?.at ?? 0 })
  }, [seq])
  return html`<div class="unread-bar"><span>${at ? t("chat.unread.since", { n, time: sinceOf(at) }) : t("chat.list.new", { n })}</span>
    <button type="button" onClick=${jump}>${t("chat.unread.jump")}</button>
    <button type="button" onClick=${markRead}>${t(unread ? "chat.unread.read" : "web.close")}</button></div>`
}

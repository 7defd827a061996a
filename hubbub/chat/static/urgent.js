// Below an urgent message: that it is urgent, and who acknowledged it, or the button for that.
import { outbox } from "../../web/static/channels.js"
import { ago, momentOf } from "../../web/static/dates.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { mayAct } from "./actions.js"

/** @param {{ channel: string, item: any }} props */
export function Urgent({ channel, item: { seq, author, urgent } }) {
  const by = urgent.acknowledged, mine = by?.person === me.value?.id
  return html`<div class="urgent-part"><span class="urgent-sign"><${Icon} name="circle-alert" />${t("notifications.urgent")}</span>
    ${by && html`<span class="urgent-state done" title=${momentOf(by.at)}><${Icon} name="check-check" />${mine ? t("notifications.urgent.acknowledged.you", { when: ago(by.at) }) : t("notifications.urgent.acknowledged", { name: person(by.person).name || "…", when: ago(by.at) })}</span>`}
    ${urgent.acknowledged === null && html`<span class="urgent-state">${t("notifications.urgent.waiting")}</span>
      ${mayAct(channel) && author !== me.value?.id && html`<button class="primary small" type="button" onClick=${() => outbox.send("acknowledge_message", { channel, seq })}>${t("notifications.urgent.acknowledge")}</button>`}`}</div>`
}

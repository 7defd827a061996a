// What a row of the inbox says about something urgent: that it is, who acknowledged it or was asked, and a button.
import { request } from "../../web/static/connection.js"
import { timeOf } from "../../web/static/dates.js"
import { html, Icon } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"

/** @typedef {{ nth: number, at: number, people: number[] }} Asked */
/** @typedef {import("./inbox.js").Notification & { alarm?: number, acknowledged?: { person: number, at: number } | null, steps?: Asked[] }} Urgent */

/** @param {number} seq */
async function acknowledge(seq) {
  const { error } = await request("acknowledge", { seq })
  if (error) toast(error, { danger: true })
}

/** @param {{ person: number, at: number }} by */
const wordsOf = by => by.person === me.value?.id ? t("notifications.urgent.acknowledged.you", { when: timeOf(by.at) }) : t("notifications.urgent.acknowledged", { name: person(by.person).name || "…", when: timeOf(by.at) })

/** Who was asked, one after the other, and what came of it. @param {{ one: Urgent }} props */
function Log({ one: { steps = [], acknowledged } }) {
  return html`<ol class="urgent-log" aria-label=${t("notifications.urgent.log")}>${steps.map(({ nth, at, people }, index) => {
    const last = index === steps.length - 1, names = people.map(id => person(id).name || "…").join(", ")
    const outcome = !last ? t("notifications.urgent.no_answer") : acknowledged ? wordsOf(acknowledged) : t("notifications.urgent.asked")
    return html`<li key=${nth}><time>${timeOf(at)}</time> <span>${people.length || !last ? html`<b dir="auto">${names || t("notifications.urgent.unreachable")}</b> · ${outcome}` : t("notifications.urgent.unanswered")}</span></li>`
  })}</ol>`
}

/** @param {{ one: Urgent, group?: { items: Urgent[] } }} props */
export function UrgentPart({ one: newest, group }) {
  const one = group?.items.findLast(item => item.alarm) ?? newest, asks = one.alarm !== undefined, ended = one.steps?.length && !one.steps[one.steps.length - 1].people.length
  if (!one.urgent && !asks) return null
  return html`<div class="urgent-part"><span class="urgent-sign"><${Icon} name="circle-alert" />${t("notifications.urgent")}</span>
    ${asks && one.acknowledged && html`<span class="urgent-state done"><${Icon} name="check-check" />${wordsOf(one.acknowledged)}</span>`}
    ${asks && !one.acknowledged && html`<span class="urgent-state">${t(ended ? "notifications.urgent.unanswered" : "notifications.urgent.waiting")}</span>
      <button class="primary small" type="button" data-act="acknowledge" onClick=${() => acknowledge(one.seq)}>${t("notifications.urgent.acknowledge")}</button>`}
    ${(one.steps?.length ?? 0) > 0 && !(ended && one.steps?.length === 1) && html`<${Log} one=${one} />`}</div>`
}

// The outgoing webhooks of a bot, and a form for a new one.
import { ago } from "../../web/static/dates.js"
import { Problem } from "../../web/static/form-fields.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { useServerList } from "../../people/static/use-server-list.js"
import { NewOutgoing } from "./new-outgoing.js"
import { OutgoingDetails } from "./outgoing-details.js"
import { nameOf } from "./places.js"

/** @typedef {import("./types").Outgoing} Outgoing */

/** What triggers a webhook. @param {Outgoing} hook */
const triggerOf = ({ trigger, word }) => t(`hooks.out.when.${trigger}`, { word })

/** @param {{ hook: Outgoing, isOpen: boolean, onToggle: () => void, onChanged: () => Promise<unknown> }} props */
function Row({ hook, isOpen, onToggle, onChanged }) {
  const notes = [new URL(hook.url).host, hook.channel ? `#${nameOf(hook.channel)}` : t("hooks.out.everywhere"), hook.last ? t("hooks.out.last", { when: ago(hook.last) }) : t("hooks.unused")]
  return html`<li><button class="row" type="button" aria-expanded=${isOpen ? "true" : "false"} onClick=${onToggle}>
      <${Icon} name=${hook.trigger === "command" ? "terminal" : "send-horizontal"} /><span class="label"><b dir="auto">${triggerOf(hook)}</b><small dir="auto">${notes.join(" · ")}</small></span>
      ${hook.waiting > 0 && html`<small>${t("hooks.out.waiting", { n: hook.waiting })}</small>`}
      ${hook.failed > 0 && html`<span class="failed"><${Icon} name="circle-alert" /><span class="words">${t("hooks.out.failed", { n: hook.failed })}</span></span>`}
      <${Icon} name=${isOpen ? "chevron-up" : "chevron-down"} /></button>
    ${isOpen && html`<${OutgoingDetails} hook=${hook} title=${triggerOf(hook)} onChanged=${onChanged} />`}</li>`
}

/** @param {{ bot: import("./types").Bot }} props */
export function OutgoingList({ bot }) {
  const { list, problem, load } = useServerList(`/api/bots/${bot.id}/outgoing`), opened = useSignal(0)
  return html`<h3>${t("hooks.out")}</h3><p class="hint">${t("hooks.out.why")}</p><${Problem} words=${problem.value} />
    ${list.value && list.value.length > 0 && html`<ul class="hooks" aria-label=${t("hooks.out")}>${list.value.map((/** @type {Outgoing} */ hook) => html`<${Row} key=${hook.id} hook=${hook}
      isOpen=${opened.value === hook.id} onToggle=${() => { opened.value = opened.value === hook.id ? 0 : hook.id }} onChanged=${load} />`)}</ul>`}
    <${NewOutgoing} bot=${bot} onCreated=${load} />`
}

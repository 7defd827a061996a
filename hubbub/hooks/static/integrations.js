// The settings page of integrations: the incoming webhooks of the rooms that I manage with a form for a new one, and bots.
import { ago } from "../../web/static/dates.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { Problem } from "../../web/static/form-fields.js"
import { Avatar } from "../../people/static/avatar.js"
import { useServerList } from "../../people/static/use-server-list.js"
import { Bots } from "./bots.js"
import { HookDetails } from "./hook-details.js"
import { NewHook } from "./new-hook.js"
import { managed, nameOf } from "./places.js"
import { TokenExamples } from "./token-examples.js"

/** @typedef {import("./types").Hook} Hook */

/** @param {{ hook: Hook, isOpen: boolean, onToggle: () => void, onChanged: () => Promise<unknown> }} props */
function Row({ hook, isOpen, onToggle, onChanged }) {
  const used = hook.last ? t("hooks.used", { n: hook.received, when: ago(hook.last) }) : t("hooks.unused")
  return html`<li><button class="row" type="button" aria-expanded=${isOpen ? "true" : "false"} onClick=${onToggle}>
      <${Avatar} id=${hook.person} icon=${hook.icon || undefined} />
      <span class="label"><b dir="auto">${hook.name}</b><small dir="auto">${`#${nameOf(hook.channel)} · ${used}`}</small></span>
      ${hook.failed && html`<span class="failed"><${Icon} name="circle-alert" /><span class="words">${t("hooks.failed")}</span></span>`}
      <${Icon} name=${isOpen ? "chevron-up" : "chevron-down"} /></button>
    ${isOpen && html`<${HookDetails} hook=${hook} room=${nameOf(hook.channel)} onChanged=${onChanged} />`}</li>`
}

export function Integrations() {
  const { list, problem, load } = useServerList("/api/hooks"), opened = useSignal(0), places = managed()
  return html`<section class="form"><h3>${t("hooks.incoming")}</h3><p>${t("hooks.why")}</p><${Problem} words=${problem.value} />
    ${list.value && list.value.length > 0 && html`<ul class="hooks" aria-label=${t("hooks.list")}>${list.value.map((/** @type {Hook} */ hook) => html`<${Row} key=${hook.id} hook=${hook}
      isOpen=${opened.value === hook.id} onToggle=${() => { opened.value = opened.value === hook.id ? 0 : hook.id }} onChanged=${load} />`)}</ul>`}
    ${places.length ? html`<${NewHook} places=${places} onCreated=${load} />` : html`<p class="hint">${t("hooks.no_rooms")}</p>`}</section><${Bots} /><${TokenExamples} />`
}

// API tokens: create, show once, revoke.
import { html, Icon } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { ago, dateOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { send } from "../../web/static/http.js"
import { Field, FieldProblem, Problem, useForm } from "../../web/static/form-fields.js"
import { CopyField } from "./share-link.js"
import { useServerList } from "./use-server-list.js"

export function Tokens() {
  const { list, problem, load, act } = useServerList("/api/tokens"), made = useSignal("")
  const form = useForm(async ({ name, scope, days, audited }) => {
    const answer = await send("POST", "/api/tokens", { name, scope, audited: audited === "on", ...(days && { days: Number(days) }) })
    if (answer.error) return answer
    const field = /** @type {HTMLInputElement} */ (document.getElementById("name"))
    field.value = ""
    made.value = answer.ok.secret
    load()
  })
  return html`<p>${t("people.tokens.why")}</p>
    ${made.value && html`<div class="once"><p><b>${t("people.tokens.once")}</b></p><${CopyField} text=${made.value} label=${t("people.settings.tokens")} /></div>`}
    <form class="form" onSubmit=${form.submit}><${Field} form=${form} name="name" label=${t("people.tokens.name")} required maxlength="60" autocomplete="off" />
      <div class="pair"><label>${t("people.tokens.scope")}<select class="field" name="scope">${["read", "write", "admin"].map(one => html`<option value=${one}>${t(`people.tokens.${one}`)}</option>`)}</select></label>
        <label>${t("people.tokens.days")}<select class="field" name="days"><option value="">${t("people.days.never")}</option>${[7, 30, 90, 365].map(n => html`<option value=${n}>${t("people.days.n", { n })}</option>`)}</select></label></div>
      <label class="check"><input type="checkbox" name="audited" />${t("people.tokens.audited")}</label>
      <${FieldProblem} form=${form} /><div class="buttons"><button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t("people.tokens.make")}</button></div></form>
    <${Problem} words=${problem.value} />
    <ul class="server-list">${(list.value ?? []).map(({ id, name, scope, last_used, until, audited }) => html`<li key=${id}><${Icon} name="terminal" />
      <span class="label"><b dir="auto">${name}</b><small>${[t(`people.tokens.${scope}`), audited && t("people.tokens.audited.short"), last_used ? t("people.signins.seen", { when: ago(last_used) }) : "", until ? t("people.tokens.until", { when: dateOf(until) }) : ""].filter(Boolean).join(" · ")}</small></span>
      <button class="plain" type="button" aria-label=${`${t("people.revoke")} ${name}`} onClick=${() => act("DELETE", `/api/tokens/${id}`)}>${t("people.revoke")}</button></li>`)}</ul>
    ${list.value?.length === 0 && html`<p class="hint">${t("people.tokens.none")}</p>`}`
}

// API tokens: create, show once, revoke.
import { html, Icon } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { ago, dayName } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Field, Problem } from "./form-fields.js"
import { CopyField } from "./share-link.js"
import { useServerList } from "./use-server-list.js"

export function Tokens() {
  const { list, problem, act } = useServerList("/api/tokens"), made = useSignal("")
  /** @param {any} event */
  async function make(event) {
    event.preventDefault()
    const { name, scope, days } = event.target.elements
    const { ok } = await act("POST", "/api/tokens", { name: name.value, scope: scope.value, ...(days.value && { days: Number(days.value) }) })
    if (!ok) return
    made.value = ok.secret
    event.target.reset()
  }
  return html`<p>${t("people.tokens.why")}</p>
    ${made.value && html`<div class="once"><p><b>${t("people.tokens.once")}</b></p><${CopyField} text=${made.value} label=${t("people.settings.tokens")} /></div>`}
    <form class="form" onSubmit=${make}><${Field} name="name" label=${t("people.tokens.name")} required maxlength="60" autocomplete="off" />
      <div class="pair"><label>${t("people.tokens.scope")}<select class="field" name="scope">${["read", "write", "admin"].map(one => html`<option value=${one}>${t(`people.tokens.${one}`)}</option>`)}</select></label>
        <label>${t("people.tokens.days")}<select class="field" name="days"><option value="">${t("people.days.never")}</option>${[7, 30, 90, 365].map(n => html`<option value=${n}>${t("people.days.n", { n })}</option>`)}</select></label></div>
      <div class="buttons"><button class="primary">${t("people.tokens.make")}</button></div></form>
    <${Problem} words=${problem.value} />
    <ul class="server-list">${(list.value ?? []).map(({ id, name, scope, last_used, until }) => html`<li key=${id}><${Icon} name="terminal" />
      <span class="label"><b dir="auto">${name}</b><small>${[t(`people.tokens.${scope}`), last_used ? t("people.signins.seen", { when: ago(last_used) }) : "", until ? t("people.tokens.until", { when: dayName(until) }) : ""].filter(Boolean).join(" · ")}</small></span>
      <button class="plain" type="button" aria-label=${`${t("people.revoke")} ${name}`} onClick=${() => act("DELETE", `/api/tokens/${id}`)}>${t("people.revoke")}</button></li>`)}</ul>
    ${list.value?.length === 0 && html`<p class="hint">${t("people.tokens.none")}</p>`}`
}

// Tokens for scripts that act as me: made, shown once, revoked.
import { html, Icon } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { ago, dayName, t } from "../../web/static/words.js"
import { Field, Problem } from "./field.js"
import { Secret } from "./link.js"
import { useListed } from "./listed.js"

export function Tokens() {
  const { list, problem, act } = useListed("/api/tokens"), made = useSignal("")
  /** @param {any} event */
  async function make(event) {
    event.preventDefault()
    const { name, scope, days } = event.target.elements
    const { ok } = await act("POST", "/api/tokens", { name: name.value, scope: scope.value, ...(days.value && { days: Number(days.value) }) })
    if (!ok) return
    made.value = ok.secret
    event.target.reset()
  }
  return html`<p>${t("tokens.why")}</p>
    ${made.value && html`<div class="once"><p><b>${t("tokens.once")}</b></p><${Secret} text=${made.value} label=${t("settings.tokens")} /></div>`}
    <form class="form" onSubmit=${make}><${Field} name="name" label=${t("tokens.name")} required maxlength="60" autocomplete="off" />
      <div class="pair"><label>${t("tokens.scope")}<select class="field" name="scope">${["read", "write", "admin"].map(one => html`<option value=${one}>${t(`tokens.${one}`)}</option>`)}</select></label>
        <label>${t("tokens.days")}<select class="field" name="days"><option value="">${t("days.never")}</option>${[7, 30, 90, 365].map(n => html`<option value=${n}>${t("days.n", { n })}</option>`)}</select></label></div>
      <div class="verbs"><button class="primary">${t("tokens.make")}</button></div></form>
    <${Problem} words=${problem.value} />
    <ul class="listed">${(list.value ?? []).map(({ id, name, scope, seen, until }) => html`<li key=${id}><${Icon} name="terminal" />
      <span class="label"><b dir="auto">${name}</b><small>${[t(`tokens.${scope}`), seen ? t("signins.seen", { when: ago(seen) }) : "", until ? t("tokens.until", { when: dayName(until) }) : ""].filter(Boolean).join(" · ")}</small></span>
      <button class="plain" type="button" aria-label=${`${t("revoke")} ${name}`} onClick=${() => act("DELETE", `/api/tokens/${id}`)}>${t("revoke")}</button></li>`)}</ul>
    ${list.value?.length === 0 && html`<p class="hint">${t("tokens.none")}</p>`}`
}

// Invite links for new accounts.
import { html, Icon } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { momentOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Problem } from "./form-fields.js"
import { ShareLink } from "./share-link.js"
import { useServerList } from "./use-server-list.js"
import { me } from "./me.js"

export function Invites() {
  const { list, problem, act } = useServerList("/api/invites"), made = useSignal(/** @type {any} */ (null))
  /** @param {any} event */
  async function make(event) {
    event.preventDefault()
    const { role, uses, days } = event.target.elements
    const { ok } = await act("POST", "/api/invites", { role: role.value, uses: Number(uses.value), days: Number(days.value) })
    if (ok) made.value = ok
  }
  const roles = me.value?.role === "owner" ? ["member", "guest", "admin"] : ["member", "guest"]
  return html`<p>${t("people.invites.why")}</p>
    ${made.value && html`<div class="once"><${ShareLink} url=${made.value.url} qr=${made.value.qr} label=${t("people.settings.invites")} /></div>`}
    <form class="form" onSubmit=${make}><div class="pair">
      <label>${t("people.invites.role")}<select class="field" name="role">${roles.map(one => html`<option value=${one}>${t(`people.role.${one}`)}</option>`)}</select></label>
      <label>${t("people.invites.uses")}<select class="field" name="uses">${[1, 5, 25, 100].map(n => html`<option value=${n}>${t("people.invites.uses.n", { n })}</option>`)}</select></label>
      <label>${t("people.tokens.days")}<select class="field" name="days" value="7">${[1, 7, 30].map(n => html`<option value=${n} selected=${n === 7}>${t("people.days.n", { n })}</option>`)}</select></label></div>
      <div class="buttons"><button class="primary">${t("people.invites.make")}</button></div></form>
    <h3>${t("people.invites.open")}</h3><${Problem} words=${problem.value} />
    <ul class="server-list">${(list.value ?? []).map(({ id, role, uses, until }) => html`<li key=${id}><${Icon} name="user-plus" />
      <span class="label">${t("people.invites.row", { role: t(`people.role.${role}`), uses: t("people.invites.uses.n", { n: uses }), when: until ? momentOf(until) : "…" })}</span>
      <button class="plain" type="button" onClick=${() => act("DELETE", `/api/invites/${id}`)}>${t("people.revoke")}</button></li>`)}</ul>
    ${list.value?.length === 0 && html`<p class="hint">${t("people.invites.none")}</p>`}`
}

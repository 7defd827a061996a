// Links by which others get an account here.
import { html, Icon } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { momentOf, t } from "../../web/static/words.js"
import { Problem } from "./field.js"
import { Link } from "./link.js"
import { useListed } from "./listed.js"
import { me } from "./me.js"

export function Invites() {
  const { list, problem, act } = useListed("/api/invites"), made = useSignal(/** @type {any} */ (null))
  /** @param {any} event */
  async function make(event) {
    event.preventDefault()
    const { role, uses, days } = event.target.elements
    const { ok } = await act("POST", "/api/invites", { role: role.value, uses: Number(uses.value), days: Number(days.value) })
    if (ok) made.value = ok
  }
  const roles = me.value?.role === "owner" ? ["member", "guest", "admin"] : ["member", "guest"]
  return html`<p>${t("invites.why")}</p>
    ${made.value && html`<div class="once"><${Link} url=${made.value.url} qr=${made.value.qr} label=${t("settings.invites")} /></div>`}
    <form class="form" onSubmit=${make}><div class="pair">
      <label>${t("invites.role")}<select class="field" name="role">${roles.map(one => html`<option value=${one}>${t(`role.${one}`)}</option>`)}</select></label>
      <label>${t("invites.uses")}<select class="field" name="uses">${[1, 5, 25, 100].map(n => html`<option value=${n}>${t("invites.uses.n", { n })}</option>`)}</select></label>
      <label>${t("tokens.days")}<select class="field" name="days" value="7">${[1, 7, 30].map(n => html`<option value=${n} selected=${n === 7}>${t("days.n", { n })}</option>`)}</select></label></div>
      <div class="verbs"><button class="primary">${t("invites.make")}</button></div></form>
    <h3>${t("invites.open")}</h3><${Problem} words=${problem.value} />
    <ul class="listed">${(list.value ?? []).map(({ id, role, uses, until }) => html`<li key=${id}><${Icon} name="user-plus" />
      <span class="label">${t("invites.row", { role: t(`role.${role}`), uses: t("invites.uses.n", { n: uses }), when: until ? momentOf(until) : "…" })}</span>
      <button class="plain" type="button" onClick=${() => act("DELETE", `/api/invites/${id}`)}>${t("revoke")}</button></li>`)}</ul>
    ${list.value?.length === 0 && html`<p class="hint">${t("invites.none")}</p>`}`
}

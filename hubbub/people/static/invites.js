// Invite links for new accounts: create one, and revoke those that are active.
import { Problem } from "../../web/static/form-fields.js"
import { html, Icon } from "../../web/static/shell.js"
import { momentOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { InviteForm } from "./invite-form.js"
import { useServerList } from "./use-server-list.js"

export function Invites() {
  const { list, problem, load, act } = useServerList("/api/invites")
  return html`<p>${t("people.invites.why")}</p><${InviteForm} onCreated=${load} />
    <h3>${t("people.invites.open")}</h3><${Problem} words=${problem.value} />
    <ul class="server-list">${(list.value ?? []).map(({ id, role, uses, until }) => html`<li key=${id}><${Icon} name="user-plus" />
      <span class="label">${t("people.invites.row", { role: t(`people.role.${role}`), uses: t("people.invites.uses.n", { n: uses }), when: until ? momentOf(until) : "…" })}</span>
      <button class="plain" type="button" onClick=${() => act("DELETE", `/api/invites/${id}`)}>${t("people.revoke")}</button></li>`)}</ul>
    ${list.value?.length === 0 && html`<p class="hint">${t("people.invites.none")}</p>`}`
}

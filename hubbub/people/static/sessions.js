// The sessions of my account, and signing out of them.
import { html, Icon } from "../../web/static/shell.js"
import { ago, momentOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Problem } from "../../web/static/form-fields.js"
import { useServerList } from "./use-server-list.js"

/** Return a browser's name from its user agent. @param {string} agent */
export function browserName(agent) {
  const name = /Edg/.test(agent) ? "Edge" : /Firefox/.test(agent) ? "Firefox" : /Chrom/.test(agent) ? "Chrome" : /Safari/.test(agent) ? "Safari" : agent.split("/")[0] || "?"
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(agent)?.[0]
  return system ? `${name}, ${system.replace("Mac OS", "macOS")}` : name
}

export function SignIns() {
  const { list, problem, act } = useServerList("/api/sign-ins")
  return html`<p>${t("people.signins.why")}</p><${Problem} words=${problem.value} />
    <ul class="server-list">${(list.value ?? []).map(({ id, name, address, last_used, current }) => html`<li key=${id}>
      <${Icon} name="monitor" /><span class="label"><b>${browserName(name)}</b><small title=${momentOf(last_used)}>${address} · ${current ? t("people.signins.this") : t("people.signins.seen", { when: ago(last_used) })}</small></span>
      ${!current && html`<button class="plain" type="button" onClick=${() => act("DELETE", `/api/sign-ins/${id}`)}>${t("people.signins.revoke")}</button>`}</li>`)}</ul>`
}

// My e-mail address, and what is mailed to it while I am away.
import { Field, FieldProblem, Problem, useForm } from "../../web/static/form-fields.js"
import { send } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { toast } from "../../web/static/toast.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { useServerList } from "../../people/static/use-server-list.js"

const MODES = ["mentions", "urgent", "everything", "off"], MINUTES = [5, 15, 30, 60, 240]

/** @param {number} minutes */
const duration = minutes => (minutes < 60 ? t("notifications.mail.minutes", { n: minutes }) : t("notifications.mail.hours", { n: minutes / 60 }))

/** @param {{ address: string, load: () => unknown }} props */
function Enter({ address, load }) {
  const form = useForm(async ({ address }) => {
    const answer = await send("PUT", "/api/me/mail", { address })
    if (!answer.error) load()
    return answer
  })
  return html`<form class="form" onSubmit=${form.submit}>
    ${address ? html`<p class="notice" role="status">${t("notifications.mail.waiting", { address })}</p>` : html`<p class="hint">${t("notifications.mail.about")}</p>`}
    <${Field} form=${form} name="address" type="email" label=${t("notifications.mail.address")} value=${address} required maxlength="254" autocomplete="email" />
    <${FieldProblem} form=${form} />
    <div><button class=${address ? "plain" : "primary"} aria-busy=${form.busy.value ? "true" : "false"}>${t(address ? "notifications.mail.again" : "notifications.mail.enter")}</button></div></form>`
}

/** @param {{ mail: any, act: (method: string, path: string, body?: object) => Promise<any> }} props */
function Confirmed({ mail: { address, mode, minutes, failures, problem }, act }) {
  const busy = useSignal(false)
  async function test() {
    busy.value = true
    const { error } = await act("POST", "/api/me/mail/test")
    busy.value = false
    if (!error) toast(t("notifications.mail.tested", { address }))
  }
  /** @param {object} change */
  const choose = change => act("PATCH", "/api/me/mail", { mode, minutes, ...change })
  return html`<p class="hint">${t("notifications.mail.about")}</p>
    <ul class="server-list"><li><${Icon} name="mail" /><span class="label"><b>${address}</b><small class=${failures ? "error-text" : ""}>${failures ? t("notifications.mail.failing", { n: failures }) : !problem && t("notifications.mail.on")}</small></span>
      <button class="plain" type="button" aria-busy=${busy.value ? "true" : "false"} aria-label=${`${t("notifications.targets.test")} ${address}`} onClick=${test}>${t("notifications.targets.test")}</button>
      <button class="ghost" type="button" title=${t("notifications.targets.remove")} aria-label=${`${t("notifications.targets.remove")} ${address}`} onClick=${() => act("DELETE", "/api/me/mail")}><${Icon} name="trash-2" /></button></li></ul>
    <${Problem} words=${problem && t("notifications.mail.rejected", { answer: problem })} />
    <label>${t("notifications.mail.what")}<select class="field" value=${mode} onChange=${(/** @type {any} */ event) => choose({ mode: event.target.value })}>
        ${MODES.map(one => html`<option key=${one} value=${one}>${t(`notifications.mail.mode.${one}`)}</option>`)}</select></label>
      <label>${t("notifications.mail.when")}<select class="field" value=${minutes} disabled=${mode === "off"} onChange=${(/** @type {any} */ event) => choose({ minutes: Number(event.target.value) })}>
        ${[...new Set([...MINUTES, minutes])].sort((a, b) => a - b).map(one => html`<option key=${one} value=${one}>${duration(one)}</option>`)}</select></label>`
}

export function MailSettings() {
  const { list, problem, load, act } = useServerList("/api/me/mail"), mail = /** @type {any} */ (list.value)
  return html`<h3>${t("notifications.mail.title")}</h3><div class="form"><${Problem} words=${problem.value} />
    ${mail && (!mail.available && !mail.address ? html`<p class="hint">${t("notifications.mail.off_here")}</p>`
      : mail.confirmed ? html`<${Confirmed} mail=${mail} act=${act} />` : html`<${Enter} key=${mail.address} address=${mail.address} load=${load} />`)}</div>`
}

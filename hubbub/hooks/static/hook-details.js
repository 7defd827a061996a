// One webhook: its last requests, a test, its template, and how to revoke it.
import { ago, momentOf } from "../../web/static/dates.js"
import { get, send } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { toast } from "../../web/static/toast.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { HookForm } from "./hook-form.js"
import { Revoke } from "./revoke.js"

/** @typedef {{ n: number, at: number, status: number, error: string, body: string }} Delivery */

/** @param {{ delivery: Delivery }} props */
function Request({ delivery: { at, status, error, body } }) {
  const ok = status === 200
  return html`<li class=${ok ? "" : "refused"}><details><summary><${Icon} name=${ok ? "check" : "circle-alert"} />
      <span class="label">${t(error ? `hooks.error.${error}` : "hooks.posted")}</span><small>${status}</small><time title=${momentOf(at)}>${ago(at)}</time></summary>
    <pre tabindex="0">${body || t("hooks.no_body")}</pre></details></li>`
}

/** @param {{ hook: import("./types").Hook, room: string, onChanged: () => Promise<unknown> }} props */
export function HookDetails({ hook, room, onChanged }) {
  const path = `/api/hooks/${hook.id}`
  const requests = useSignal(/** @type {Delivery[] | null} */ (null))
  const load = () => get(`${path}/deliveries`).then(({ ok }) => { if (ok) requests.value = ok })
  useLoad(() => { load() }, [hook.received])
  async function test() {
    const { error } = await send("POST", `${path}/test`, { text: t("hooks.test.text", { name: hook.name }) })
    toast(error ?? t("hooks.tested", { room }), { danger: Boolean(error) })
  }
  async function revoke() {
    const { error } = await send("DELETE", path)
    if (error) toast(error, { danger: true })
    await onChanged()
  }
  return html`<div class="hook-details">
    <div class="buttons"><button class="plain" type="button" onClick=${test}><${Icon} name="send-horizontal" />${t("hooks.test")}</button>
      <${Revoke} name=${hook.name} sure=${t("hooks.revoke.sure")} act=${revoke} /></div>
    <h3>${t("hooks.requests")}</h3>
    ${requests.value?.length ? html`<ol class="requests">${requests.value.map(one => html`<${Request} key=${one.n} delivery=${one} />`)}</ol>`
      : html`<p class="hint">${t("hooks.requests.none")}</p>`}
    <${HookForm} hook=${hook} onChanged=${onChanged} /></div>`
}

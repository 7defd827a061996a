// Where notifications reach me besides the page: browsers, UnifiedPush and ntfy, each with its state, a test and a way out.
import { dateOf } from "../../web/static/dates.js"
import { Field, FieldProblem, Problem, useForm } from "../../web/static/form-fields.js"
import { send } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { toast } from "../../web/static/toast.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { browserName } from "../../people/static/sessions.js"
import { useServerList } from "../../people/static/use-server-list.js"
import { isOn } from "./device-notifications.js"
import { subscriptionHere } from "./push.js"

/** @typedef {{ id: number, kind: "browser" | "unifiedpush" | "ntfy", name: string, host: string, digest: string, since: number, failures: number }} Target */

/** The digest of this browser's endpoint, by which the server names it; empty if it has none. */
async function digestHere() {
  const endpoint = (await subscriptionHere())?.endpoint
  if (!endpoint || !crypto.subtle) return ""
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint))
  return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, "0")).join("").slice(0, 32)
}

/** @param {{ target: Target, isHere: boolean, act: (method: string, path: string) => Promise<any> }} props */
function Row({ target: { id, kind, name, host, since, failures }, isHere, act }) {
  const busy = useSignal(false), label = kind === "browser" ? browserName(name) : name || host
  async function test() {
    busy.value = true
    const { ok, error } = await act("POST", `/api/targets/${id}/check`)
    busy.value = false
    if (error) return
    if (ok.result === "accepted") toast(t("notifications.targets.sent", { name: label }))
    else toast(t(`notifications.targets.${ok.result}`, { host }), { danger: true })
  }
  const state = failures ? t("notifications.targets.failing", { n: failures }) : isHere ? t("notifications.targets.here") : kind === "browser" && t("notifications.targets.since", { when: dateOf(since) })
  return html`<li><${Icon} name=${kind === "browser" ? "monitor" : "megaphone"} /><span class="label"><b dir="auto">${label}</b>
      <small class=${failures ? "error-text" : ""}>${[kind === "browser" ? "" : t(`notifications.targets.${kind}`), kind !== "browser" && name ? host : "", state].filter(Boolean).join(" · ")}</small></span>
    ${!isHere && html`<button class="plain" type="button" aria-busy=${busy.value ? "true" : "false"} aria-label=${`${t("notifications.targets.test")} ${label}`} onClick=${test}>${t("notifications.targets.test")}</button>`}
    ${!(isHere && isOn()) && html`<button class="ghost" type="button" title=${t("notifications.targets.remove")} aria-label=${`${t("notifications.targets.remove")} ${label}`} onClick=${() => act("DELETE", `/api/targets/${id}`)}><${Icon} name="trash-2" /></button>`}</li>` // where they are on, this page would add it again
}

/** @param {{ close: () => void, added: () => void }} props */
function Add({ close, added }) {
  const isEncrypted = useSignal(false)
  const form = useForm(async ({ endpoint, p256dh, auth, name }) => {
    const answer = await send("POST", "/api/targets", { endpoint, p256dh, auth, name })
    if (answer.error) return answer
    added()
    close()
  })
  return html`<form class="form" onSubmit=${form.submit}>
    <div class="segments" role="group" aria-label=${t("notifications.targets.kind")}>${[false, true].map(one => html`<label key=${one}><input type="radio" name="encrypted" checked=${isEncrypted.value === one} onChange=${() => { isEncrypted.value = one }} />${t(`notifications.targets.${one ? "unifiedpush" : "ntfy"}`)}</label>`)}</div>
    <p class="hint">${t(isEncrypted.value ? "notifications.targets.unifiedpush.about" : "notifications.targets.ntfy.about")}</p>
    <${Field} form=${form} name="endpoint" type="url" label=${t("notifications.targets.address")} placeholder=${isEncrypted.value ? "https://" : "https://ntfy.sh/…"} required maxlength="1000" autocomplete="off" />
    ${isEncrypted.value && html`<${Field} form=${form} key="p" name="p256dh" label=${t("notifications.targets.key")} required autocomplete="off" />`}
    <${Field} form=${form} key=${`a${isEncrypted.value}`} name="auth" label=${t(isEncrypted.value ? "notifications.targets.secret" : "notifications.targets.token")} required=${isEncrypted.value} autocomplete="off" />
    <${Field} form=${form} name="name" label=${t("notifications.targets.name")} maxlength="60" autocomplete="off" />
    <${FieldProblem} form=${form} /><div class="buttons"><button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t("notifications.targets.add")}</button>
      <button class="plain" type="button" onClick=${close}>${t("notifications.targets.cancel")}</button></div></form>`
}

/** @param {{ version: unknown }} props when to load the list again */
export function TargetsSettings({ version }) {
  const { list, problem, load, act } = useServerList("/api/targets"), here = useSignal(""), isAdding = useSignal(false)
  useEffect(() => { digestHere().then(digest => { here.value = digest }, () => {}); load() }, [version])
  return html`<h3>${t("notifications.targets.title")}</h3><div class="form"><p class="hint">${t("notifications.targets.about")}</p>
    <${Problem} words=${problem.value} />
    ${Boolean(list.value?.length) && html`<ul class="server-list">${(list.value ?? []).map(target => html`<${Row} key=${target.id} target=${target} isHere=${target.digest === here.value} act=${act} />`)}</ul>`}
    ${isAdding.value ? html`<${Add} close=${() => { isAdding.value = false }} added=${load} />`
      : html`<div><button class="plain" type="button" onClick=${() => { isAdding.value = true }}><${Icon} name="plus" />${t("notifications.targets.more")}</button></div>`}</div>`
}

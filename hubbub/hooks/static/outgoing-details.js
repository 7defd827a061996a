// One outgoing webhook: its last calls, with a button to send again what failed, a test, how to change and to revoke it.
import { ago, momentOf } from "../../web/static/dates.js"
import { get, send } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { toast } from "../../web/static/toast.js"
import { useLoad } from "../../web/static/use-load.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { person } from "../../people/static/directory.js"
import { OutgoingForm } from "./outgoing-form.js"
import { nameOf } from "./places.js"
import { Revoke } from "./revoke.js"

/** @typedef {{ id: string, kind: string, channel: string, message: number, person: number, word: string, text: string, at: number, state: string, tries: number, status: number, error: string, answer: string }} Call */

const ICONS = /** @type {Record<string, string>} */ ({ done: "check", failed: "circle-alert", waiting: "clock-4" }), PAUSE = 1500

/** @param {{ call: Call, again: () => void }} props */
function CallRow({ call: { id, kind, channel, message, person: by, at, state, tries, status, error, answer }, again }) {
  const words = error ? t(`hooks.call.${error}`) : t(`hooks.call.${state}`)
  return html`<li class=${state === "failed" ? "refused" : state}><details><summary><${Icon} name=${ICONS[state]} />
      <span class="label">${words}${tries > 1 && html` <small>${t("hooks.call.tries", { n: tries })}</small>`}</span><small>${status || ""}</small><time title=${momentOf(at)}>${ago(at)}</time></summary>
    <p class="hint">${t(`hooks.call.kind.${kind}`, { name: person(by).name, room: nameOf(channel) })} ${message > 0 && html`<a href=${`/room/${channel.slice(5)}/${message}`}>${t("hooks.call.message")}</a>`}</p>
    <pre tabindex="0">${answer || t("hooks.no_body")}</pre><p class="hint"><code>${`X-Hubbub-Delivery: ${id}`}</code></p>
    ${state === "failed" && html`<button class="plain" type="button" onClick=${again}><${Icon} name="rotate-ccw" />${t("hooks.call.again")}</button>`}</details></li>`
}

/** @param {{ hook: import("./types").Outgoing, title: string, onChanged: () => Promise<unknown> }} props */
export function OutgoingDetails({ hook, title, onChanged }) {
  const path = `/api/outgoing/${hook.id}`, calls = useSignal(/** @type {Call[] | null} */ (null))
  const load = () => get(`${path}/calls`).then(({ ok }) => { if (ok) calls.value = ok })
  useLoad(() => { load() }, [hook.last, hook.waiting])
  const waits = calls.value?.some(({ state }) => state === "waiting") ?? false
  useEffect(() => {
    const timer = waits ? setInterval(load, PAUSE) : 0
    return () => clearInterval(timer)
  }, [waits])
  /** @param {string} method @param {string} address @param {object} [body] */
  async function act(method, address, body) {
    const { error } = await send(method, address, body)
    if (error) toast(error, { danger: true })
    await Promise.all([method !== "DELETE" && load(), onChanged()])
  }
  return html`<div class="hook-details">
    <div class="buttons"><button class="plain" type="button" onClick=${() => act("POST", `${path}/test`, { text: t("hooks.out.test.text") })}><${Icon} name="send-horizontal" />${t("hooks.test")}</button>
      <${Revoke} name=${title} sure=${t("hooks.out.revoke.sure")} act=${() => act("DELETE", path)} /></div>
    ${hook.dropped > 0 && html`<p class="notice-text" role="note"><${Icon} name="info" /><span>${t("hooks.out.dropped", { n: hook.dropped })}</span></p>`}
    <h3>${t("hooks.calls")}</h3>
    ${calls.value?.length ? html`<ol class="requests">${calls.value.map(call => html`<${CallRow} key=${call.id} call=${call} again=${() => act("POST", `${path}/calls/${call.id}/again`)} />`)}</ol>`
      : html`<p class="hint">${t("hooks.calls.none")}</p>`}
    <${OutgoingForm} hook=${hook} onChanged=${onChanged} /></div>`
}

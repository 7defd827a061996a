// Tries each step by which a notification reaches this device, and says what to do where one fails.
import { send } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { register, subscribe, subscriptionHere } from "./push.js"

const PATIENCE = 20_000, START = 10_000 // milliseconds until a message that was accepted should have arrived, and a worker run
const wait = (/** @type {number} */ time) => new Promise(resolve => { setTimeout(resolve, time, null) })

/**
 * The steps in their order; each returns "" or the id of what to do.
 * @type {Array<[name: string, act: () => Promise<string>]>}
 */
const STEPS = [
  ["permission", async () => {
    if (!("Notification" in window)) return "notifications.device.cannot"
    return await Notification.requestPermission() === "granted" ? "" : "notifications.device.blocked"
  }],
  ["worker", async () => {
    const active = navigator.serviceWorker && await register().then(() => Promise.race([navigator.serviceWorker.ready, wait(START)])).catch(() => null)
    return active ? "" : "notifications.check.no_worker"
  }],
  ["subscription", async () => {
    const problem = await subscribe().catch(() => "push")
    return problem || !await subscriptionHere() ? "notifications.check.no_service" : ""
  }],
  ["service", async () => {
    const { ok } = await send("POST", "/api/push/check", { endpoint: (await subscriptionHere())?.endpoint ?? "" })
    return ok?.result === "accepted" ? "" : `notifications.check.${ok?.result ?? "unreachable"}`
  }],
]

/** Resolve once the service worker says that the test has arrived, or after some time. @returns {{ came: Promise<string>, stop: () => void }} */
function listen() {
  /** @type {(id: string) => void} */
  let done = () => {}
  const came = new Promise(resolve => { done = resolve })
  const hear = (/** @type {MessageEvent} */ { data }) => { if (data?.checked) done("") }
  navigator.serviceWorker?.addEventListener("message", hear)
  const timer = setTimeout(() => done("notifications.check.not_arrived"), PATIENCE)
  return { came, stop: () => { clearTimeout(timer); navigator.serviceWorker?.removeEventListener("message", hear) } }
}

export function PushCheck() {
  const steps = useSignal(/** @type {Array<{ name: string, problem?: string }>} */ ([])), busy = useSignal(false)
  async function run() {
    if (busy.value) return
    busy.value = true
    steps.value = []
    const arrival = listen()
    for (const [name, act] of [...STEPS, /** @type {const} */ (["arrival", () => arrival.came])]) {
      steps.value = [...steps.value, { name }]
      const problem = await act()
      steps.value = steps.value.map(step => (step.name === name ? { name, problem } : step))
      if (problem) break
    }
    arrival.stop()
    busy.value = false
  }
  return html`<div><button class="plain" type="button" aria-busy=${busy.value ? "true" : "false"} onClick=${run}>${t("notifications.check.start")}</button></div>
    ${steps.value.length > 0 && html`<ol class="push-check" role="status">${steps.value.map(({ name, problem }) => html`<li key=${name} class=${problem ? "failed" : ""}>
      <${Icon} name=${problem === undefined ? "loader-circle" : problem ? "circle-alert" : "check"} spin=${problem === undefined} />
      <span>${t(`notifications.check.${name}`)}${problem && html`<small>${t(problem)}</small>`}</span></li>`)}</ol>`}`
}

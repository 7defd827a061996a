// Web Push on this device: the service worker, and the subscription that the server pushes to while no page is open.
import { get, send } from "../../web/static/http.js"

/** The one address that a script may come from by name: the policy lets nothing else through. */
const policy = /** @type {any} */ (window).trustedTypes?.createPolicy("worker", { createScriptURL: () => "/worker.js" })

/** @param {string} key base64url */
function bytes(key) {
  return Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), letter => letter.charCodeAt(0))
}

/** @param {PushSubscription} subscription */
function keep(subscription) {
  const { endpoint, keys = {} } = subscription.toJSON()
  return send("POST", "/api/push", { endpoint, p256dh: keys.p256dh, auth: keys.auth })
}

/** Ring here also while no page is open, where the browser can. @returns {Promise<string>} why not, or nothing */
export async function subscribe() {
  if (!navigator.serviceWorker) return ""
  const registration = await navigator.serviceWorker.register(policy ? policy.createScriptURL("") : "/worker.js", { scope: "/" })
  await navigator.serviceWorker.ready
  if (!registration.pushManager) return ""
  const { ok, error } = await get("/api/push")
  if (error !== undefined) return error
  try {
    const options = { userVisibleOnly: true, applicationServerKey: bytes(ok.key) }
    return (await keep(await registration.pushManager.subscribe(options))).error ?? ""
  } catch {
    return "push" // no push service: it rings while a page is open
  }
}

/** Ring here no more. */
export async function unsubscribe() {
  const registration = await navigator.serviceWorker?.getRegistration("/")
  const subscription = await registration?.pushManager?.getSubscription()
  if (subscription) {
    await send("DELETE", "/api/push", { endpoint: subscription.endpoint })
    await subscription.unsubscribe()
  }
}

/** Say again where this device is, since who is signed in may be somebody else. */
export async function renew() {
  const registration = await navigator.serviceWorker.getRegistration("/")
  const subscription = await registration?.pushManager?.getSubscription()
  if (subscription) await keep(subscription)
}

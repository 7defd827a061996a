// Web Push on this device: the service worker, and the subscription that the server pushes to while no page is open.
import { url } from "../../web/static/boot.js"
import { get, send } from "../../web/static/http.js"

const script = url("/worker.js"), WEEK = 7 * 86_400_000 // milliseconds
/** The only script address that the Trusted Types policy allows. */
const policy = /** @type {any} */ (window).trustedTypes?.createPolicy("worker", { createScriptURL: () => script })

/** @param {string} key base64url */
function bytes(key) {
  return Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), letter => letter.charCodeAt(0))
}

/** @param {PushSubscription} subscription */
function saveSubscription(subscription) {
  const { endpoint, keys = {} } = subscription.toJSON()
  return send("POST", "/api/push", { endpoint, p256dh: keys.p256dh, auth: keys.auth })
}

/** Whether a subscription was made with another key of the server, or ends within a week. @param {PushSubscription} subscription @param {string} key */
function isOld({ options: { applicationServerKey: used }, expirationTime }, key) {
  const ends = expirationTime !== null && expirationTime !== undefined && expirationTime < Date.now() + WEEK
  return ends || Boolean(used) && String(new Uint8Array(/** @type {ArrayBuffer} */ (used))) !== String(bytes(key))
}

/** Register the service worker. */
export function register() { return navigator.serviceWorker.register(policy ? policy.createScriptURL("") : script, { scope: url("/") }) }

/** Subscribe to push messages, if the browser can. Return the problem, or "". @returns {Promise<string>} the problem */
export async function subscribe() {
  if (!navigator.serviceWorker) return ""
  const registration = await register()
  await navigator.serviceWorker.ready
  if (!registration.pushManager) return ""
  const { ok, error } = await get("/api/push")
  if (error) return error
  try {
    const before = await registration.pushManager.getSubscription()
    if (before && isOld(before, ok.key)) await unsubscribe()
    const options = { userVisibleOnly: true, applicationServerKey: bytes(ok.key) }
    return (await saveSubscription(await registration.pushManager.subscribe(options))).error ?? ""
  } catch {
    return "push" // no push service: it rings while a page is open
  }
}

/** Return this device's subscription, if it has one. */
export async function subscriptionHere() {
  return (await navigator.serviceWorker?.getRegistration(url("/")))?.pushManager?.getSubscription()
}

/** Unsubscribe from push messages. */
export async function unsubscribe() {
  const subscription = await subscriptionHere()
  if (subscription) {
    await send("DELETE", "/api/push", { endpoint: subscription.endpoint })
    await subscription.unsubscribe()
  }
}

/**
 * Send the subscription again, since someone else may have signed in; subscribe again if the browser has lost it, or the
 * server has another key since.
 */
export const renewSubscription = subscribe

// Whether this device is looked at: the server is told, so that it pushes nothing meanwhile; and what is told while it is not.
import * as connection from "../../web/static/connection.js"
import { navigate } from "../../web/static/router.js"
import { addressOf, headOf, hear } from "./inbox.js"

/** @typedef {import("./inbox.js").Notification} Notification */

const FRESH = 60 // seconds; what is older was missed, and is no reason to ring

export const isLooking = () => !document.hidden && document.hasFocus()
/** Whether this device rings. */
export const rings = () => localStorage.getItem("ring") === "yes" && "Notification" in window && Notification.permission === "granted"

let said = false
function say() {
  if (said === isLooking()) return
  said = !said
  connection.emit("looking", { on: said })
}

/** Show it outside of the page, once for each room. @param {Notification} one */
async function ring(one) {
  if (!rings() || isLooking() || Date.now() / 1000 - one.at > FRESH) return
  const { title } = headOf(one), data = { url: addressOf(one) || "/inbox" }
  const shown = { body: one.text, tag: one.channel || `inbox:${one.seq}`, data }
  const registration = await navigator.serviceWorker?.getRegistration("/")
  if (registration) return registration.showNotification(title, shown)
  const notification = new Notification(title, shown)
  notification.onclick = () => { window.focus(); navigate(data.url); notification.close() }
}

/** Begin to say so, and to ring. */
export function watch() {
  for (const event of ["focus", "blur"]) addEventListener(event, say)
  document.addEventListener("visibilitychange", say)
  connection.onConnect(() => { said = false; say() })
  hear(ring)
  navigator.serviceWorker?.addEventListener("message", ({ data }) => { if (typeof data?.open === "string" && data.open.startsWith("/")) navigate(data.open) })
  if (rings() && navigator.serviceWorker) import("./push.js").then(({ renew }) => renew())
}

// Tell the server whether this device is in use, so that it sends no push meanwhile; and show notifications while it
// is not.
import { boot, prefix, url } from "../../web/static/boot.js"
import { channel } from "../../web/static/channels.js"
import * as connection from "../../web/static/connection.js"
import { navigate } from "../../web/static/router.js"
import { now } from "../../web/static/server-clock.js"
import { me } from "../../people/static/me.js"
import { loadPerson } from "../../people/static/directory.js"
import { inboxChannel, itemOf, onInboxEntry } from "./inbox.js"
import "./urgent-entries.js"
import { addressOf, headOf, textOf } from "./notification.js"
import { quietEnds } from "./quiet.js"

/** @typedef {import("./inbox.js").Notification} Notification */

const MAX_AGE = 60 // seconds; older notifications were missed and are not shown

/** Whether notifications are on for this device, "yes" or "no"; browsers share it among all paths of a host. */
export const RING = `ring${prefix}`
const IDLE = 180_000, LOOK = 15_000 // milliseconds without input after which I am away; between two looks
let lastInput = Date.now()
export const isActive = () => !document.hidden && document.hasFocus() && Date.now() - lastInput < IDLE
/** Whether notifications are on for this device. */
export const isOn = () => localStorage.getItem(RING) === "yes" && "Notification" in window && Notification.permission === "granted"

let reportedActive = false
function reportActive() {
  if (reportedActive === isActive()) return
  reportedActive = !reportedActive
  connection.emit("page_visible", { on: reportedActive })
}

/** Show a system notification, one per room. @param {Notification} one */
async function notify(one) {
  if (!isOn() || isActive() && !one.urgent || now() - one.at > MAX_AGE || quietEnds(now()) && !one.urgent) return
  await loadPerson(one.author) // otherwise a stranger's notification would have no name
  const { title } = headOf(one), data = { url: addressOf(one) || "/inbox", seq: one.seq, person: me.value?.id }
  const options = { body: textOf(one), tag: one.channel || `inbox:${one.seq}`, data }
  const registration = await navigator.serviceWorker?.getRegistration(url("/"))
  if (registration) return registration.showNotification(title, options)
  const notification = new Notification(title, options)
  notification.onclick = () => { window.focus(); navigate(data.url); notification.close() }
}

/** Close what this device shows and I have read or snoozed, here or elsewhere. @param {number[]} seqs */
async function closeRead(seqs) {
  const registration = await navigator.serviceWorker?.getRegistration(url("/"))
  for (const shown of await registration?.getNotifications() ?? []) if (seqs.includes(shown.data?.seq)) shown.close()
}

/** Start reporting activity and showing notifications. */
export function startDeviceNotifications() {
  for (const event of ["focus", "blur"]) addEventListener(event, reportActive)
  for (const event of ["pointermove", "pointerdown", "keydown", "wheel", "focus"]) addEventListener(event, () => { lastInput = Date.now(); reportActive() }, { passive: true, capture: true })
  setInterval(reportActive, LOOK)
  document.addEventListener("visibilitychange", reportActive)
  connection.onConnect(() => { reportedActive = false; reportActive() })
  reportActive()
  onInboxEntry(entry => {
    const { kind, at, data } = entry
    if (kind === "notification") notify(itemOf(entry))
    else if (kind === "read" || kind === "snoozed") closeRead(data.targets)
    else if (kind === "rang") {
      const one = channel(inboxChannel).log.items.find(({ seq }) => data.targets.includes(seq))
      if (one) notify({ .../** @type {any} */ (one), at })
    }
  })
  navigator.serviceWorker?.addEventListener("message", ({ data }) => { if (typeof data?.open === "string" && data.open.startsWith("/")) navigate(data.open) })
  if (navigator.serviceWorker && boot.me?.role === "guest" && isOn()) import("./push.js").then(push => push.renewSubscription()) // members: see kept.js
}

// A line above the inbox that offers to turn on notifications, until it is answered.
import { html, Icon } from "../../web/static/shell.js"
import { signal, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { RING } from "./device-notifications.js"

const answered = signal(localStorage.getItem(RING) !== null || !("Notification" in window) || Notification.permission === "denied")

export function NotificationPrompt() {
  const words = useSignal("")
  if (answered.value) return words.value ? html`<p class="notice" role="status">${words.value}</p>` : null
  async function yes() {
    const { change: ringHere } = await import("./notification-settings.js")
    words.value = await ringHere(true)
    answered.value = true
  }
  function no() {
    localStorage.setItem(RING, "no")
    answered.value = true
  }
  return html`<aside class="notice" aria-label=${t("notifications.device.ring")}><p><${Icon} name="bell" /> ${t("notifications.device.offer")}</p>
    <div class="buttons"><button class="primary" type="button" onClick=${yes}>${t("notifications.device.yes")}</button>
      <button class="ghost" type="button" aria-label=${t("notifications.device.no")} onClick=${no}><${Icon} name="x" /></button></div></aside>`
}

// A line above the inbox that offers to ring on this device, until one says yes or no.
import { html, Icon } from "../../web/static/shell.js"
import { signal, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"

const asked = signal(localStorage.getItem("ring") !== null || !("Notification" in window) || Notification.permission === "denied")

export function Invitation() {
  const words = useSignal("")
  if (asked.value) return words.value ? html`<p class="notice" role="status">${words.value}</p>` : null
  async function yes() {
    const { ringHere } = await import("./device.js")
    words.value = await ringHere(true)
    asked.value = true
  }
  function no() {
    localStorage.setItem("ring", "no")
    asked.value = true
  }
  return html`<aside class="notice" aria-label=${t("notifications.device.ring")}><p><${Icon} name="bell" /> ${t("notifications.device.offer")}</p>
    <div class="verbs"><button class="primary" type="button" onClick=${yes}>${t("notifications.device.yes")}</button>
      <button class="ghost" type="button" aria-label=${t("notifications.device.no")} onClick=${no}><${Icon} name="x" /></button></div></aside>`
}

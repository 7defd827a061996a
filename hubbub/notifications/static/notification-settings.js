// The notification settings of this device and of quiet times.
import { html } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { isApple, isApp } from "../../people/static/device.js"
import { isOn, RING } from "./device-notifications.js"
import { MailSettings } from "./mail-settings.js"
import { PushCheck } from "./push-check.js"
import { PushWhen, UrgentSettings } from "./urgent-settings.js"
import { QuietSettings } from "./quiet-settings.js"
import { TargetsSettings } from "./targets-settings.js"
import { renewSubscription, subscribe, unsubscribe } from "./push.js"
import { Topics } from "./topics.js"

/**
 * Turn notifications on or off for this device; `isOn()` tells the rest of the page.
 * @param {boolean} on @returns {Promise<string>} a message for the user
 */
export async function change(on) {
  if (!on) {
    localStorage.removeItem(RING)
    await unsubscribe()
    return ""
  }
  if (!("Notification" in window)) return t("notifications.device.cannot")
  if (await Notification.requestPermission() !== "granted") return t("notifications.device.blocked")
  localStorage.setItem(RING, "yes")
  return explain(await subscribe())
}

/** @param {string} problem @returns {string} a message for the user */
function explain(problem) { return problem === "push" ? t("notifications.device.open") : problem }

export function NotificationSettings() {
  const on = useSignal(isOn()), words = useSignal(""), busy = useSignal(false)
  useEffect(() => { if (isOn()) renewSubscription().then(problem => { words.value = explain(problem) }, () => { words.value = explain("push") }) }, [])
  /** @param {any} event */
  async function turn(event) {
    busy.value = true
    words.value = await change(event.target.checked).catch(() => explain("push")) // no service worker, such as in a private window
    on.value = isOn()
    event.target.checked = on.value
    busy.value = false
  }
  return html`<div class="form">
    <label class="check"><input type="checkbox" checked=${on.value} disabled=${busy.value} onChange=${turn} /> ${t("notifications.device.ring")}</label>
    <p class="hint">${t("notifications.device.about")}</p>
    ${isApple && !isApp && html`<p class="hint">${t("notifications.device.apple")} <a href="/settings/device">${t("notifications.device.apple.how")}</a></p>`}
    <p class="error-text" role="status">${words.value}</p>
    <${PushWhen} />
    ${on.value && html`<${PushCheck} />`}</div>
    <${TargetsSettings} version=${on.value} />
    <${MailSettings} />
    <${QuietSettings} />
    <${UrgentSettings} />
    <a class="plain" href="/settings/rules">${t("notifications.rules.all")}</a>
    <${Topics} />`
}


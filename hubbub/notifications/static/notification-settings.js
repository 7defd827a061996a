// The notification settings: this device, and rooms with their own level.
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { get } from "../../web/static/http.js"
import { isApple, isApp } from "../../people/static/device.js"
import { isOn, RING } from "./device-notifications.js"
import { setLevel, levels } from "./inbox.js"
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

/** @param {{ channel: string, name: string }} props */
function RoomLevel({ channel, name }) {
  return html`<li><${Icon} name=${levels.value[channel] === "nothing" ? "bell-off" : "bell"} /><span class="label"><b dir="auto">${name}</b></span>
    <select class="field" aria-label=${t("notifications.level.of", { name })} value=${levels.value[channel]} onChange=${(/** @type {any} */ event) => setLevel(channel, event.target.value)}>
      ${["", "everything", "mentions", "nothing"].map(level => html`<option value=${level}>${t(`notifications.level.${level || "usual"}`)}</option>`)}</select></li>`
}

export function NotificationSettings() {
  const on = useSignal(isOn()), words = useSignal(""), busy = useSignal(false), names = useSignal(/** @type {Record<string, string>} */ ({}))
  useEffect(() => { get("/api/rooms?q=").then(({ ok }) => { names.value = Object.fromEntries((ok ?? []).map((/** @type {any} */ room) => [room.channel, room.name])) }) }, [])
  useEffect(() => { if (isOn()) renewSubscription().then(problem => { words.value = explain(problem) }) }, [])
  /** @param {any} event */
  async function turn(event) {
    busy.value = true
    words.value = await change(event.target.checked)
    on.value = isOn()
    event.target.checked = on.value
    busy.value = false
  }
  const chosen = Object.keys(levels.value)
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
    <h3>${t("notifications.level.chosen")}</h3>
    ${chosen.length ? html`<ul class="server-list">${chosen.map(channel => html`<${RoomLevel} key=${channel} channel=${channel} name=${names.value[channel] ?? t("notifications.level.some")} />`)}</ul>`
      : html`<p class="hint">${t("notifications.level.none")}</p>`}
    <${Topics} />`
}


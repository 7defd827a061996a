// The settings about notifications: whether this device rings, and which rooms are louder or quieter than usual.
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { sentence, t } from "../../web/static/strings.js"
import { get } from "../../web/static/http.js"
import { rings } from "./attention.js"
import { choose, levels } from "./inbox.js"
import { subscribe, unsubscribe } from "./push.js"

/** Whether this device rings; other parts of the page ask `rings()`. @param {boolean} on @returns {Promise<string>} what to say about it */
export async function ringHere(on) {
  if (!on) {
    localStorage.removeItem("ring")
    await unsubscribe()
    return ""
  }
  if (!("Notification" in window)) return t("notifications.device.cannot")
  if (await Notification.requestPermission() !== "granted") return t("notifications.device.blocked")
  localStorage.setItem("ring", "yes")
  const problem = await subscribe()
  return problem === "push" ? t("notifications.device.open") : problem && sentence(problem)
}

/** @param {{ channel: string, name: string }} props */
function Loudness({ channel, name }) {
  return html`<li><${Icon} name=${levels.value[channel] === "nothing" ? "bell-off" : "bell"} /><span class="label"><b dir="auto">${name}</b></span>
    <select class="field" aria-label=${t("notifications.level.of", { name })} value=${levels.value[channel]} onChange=${(/** @type {any} */ event) => choose(channel, event.target.value)}>
      ${["", "everything", "mentions", "nothing"].map(level => html`<option value=${level}>${t(`notifications.level.${level || "usual"}`)}</option>`)}</select></li>`
}

export function Device() {
  const on = useSignal(rings()), words = useSignal(""), busy = useSignal(false), names = useSignal(/** @type {Record<string, string>} */ ({}))
  useEffect(() => { get("/api/rooms?q=").then(({ ok }) => { names.value = Object.fromEntries((ok ?? []).map((/** @type {any} */ room) => [room.channel, room.name])) }) }, [])
  /** @param {any} event */
  async function turn(event) {
    busy.value = true
    words.value = await ringHere(event.target.checked)
    on.value = rings()
    event.target.checked = on.value
    busy.value = false
  }
  const chosen = Object.keys(levels.value)
  return html`<div class="form">
    <label class="check"><input type="checkbox" checked=${on.value} disabled=${busy.value} onChange=${turn} /> ${t("notifications.device.ring")}</label>
    <p class="hint">${t("notifications.device.about")}</p>
    <p class="words" role="status">${words.value}</p></div>
    <h3>${t("notifications.level.chosen")}</h3>
    ${chosen.length ? html`<ul class="listed">${chosen.map(channel => html`<${Loudness} key=${channel} channel=${channel} name=${names.value[channel] ?? t("notifications.level.some")} />`)}</ul>`
      : html`<p class="hint">${t("notifications.level.none")}</p>`}`
}


// Buttons of a program's message, and what became of those that I pressed.
import { Dialog } from "../../web/static/dialog.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { mayAct } from "../../chat/static/actions.js"
import { press, presses } from "./outcomes.js"

/** @typedef {{ id: string, text: string, style?: string, confirm?: string }} Button */

const ICONS = /** @type {Record<string, string>} */ ({ pending: "loader-circle", done: "check", failed: "circle-alert" })
const CLASSES = /** @type {Record<string, string>} */ ({ primary: "primary", danger: "plain danger" })

/** @param {{ channel: string, item: import("../../web/static/types").Item }} props */
export function Buttons({ channel, item }) {
  const asking = useSignal(/** @type {Button | null} */ (null))
  /** @type {Button[]} */
  const buttons = item.hook?.buttons ?? []
  /** @param {Button} button */
  const act = button => { asking.value = null; press(channel, item.seq, button.id) }
  const pressed = buttons.map(({ id }) => presses.value[`${channel}/${item.seq}/${id}`]), failed = pressed.find(one => one?.state === "failed")
  return html`<div class="program-buttons">${buttons.map((button, n) => html`<button type="button" key=${button.id} class=${CLASSES[button.style ?? ""] ?? "plain"} dir="auto"
      disabled=${!mayAct(channel)} aria-busy=${pressed[n]?.state === "pending" ? "true" : "false"} onClick=${() => { if (button.confirm) asking.value = button; else act(button) }}>
      ${pressed[n] && pressed[n].state !== "pending" && html`<${Icon} name=${ICONS[pressed[n].state]} />`}${button.text}</button>`)}
    <p class=${failed ? "error-text" : "visually-hidden"} role="status">${failed ? failed.words : pressed.some(one => one?.state === "done") ? t("hooks.buttons.done") : ""}</p>
    ${asking.value && html`<${Dialog} title=${asking.value.text} onClose=${() => { asking.value = null }}><div class="form"><p dir="auto">${asking.value.confirm}</p>
      <div class="buttons"><button class="plain" type="button" onClick=${() => { asking.value = null }}>${t("people.name.cancel")}</button>
        <button class=${asking.value.style === "danger" ? "primary danger" : "primary"} type="button" onClick=${() => { if (asking.value) act(asking.value) }}>${asking.value.text}</button></div></div><//>`}</div>`
}

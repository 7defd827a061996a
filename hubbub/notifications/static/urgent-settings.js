// When a notification is pushed, and who may break through with something urgent.
import { preference } from "../../web/static/preferences.js"
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { choose } from "../../people/static/preferences.js"

/** @param {{ name: "push_when" | "urgent_from", choices: string[] }} props the first choice is the default */
function Choice({ name, choices }) {
  return html`<label class="labelled">${t(`notifications.${name}`)}<select class="field" value=${preference(name, "")} onChange=${(/** @type {any} */ event) => choose(name, event.target.value)}>
    ${choices.map((choice, index) => html`<option key=${choice} value=${index ? choice : ""}>${t(`notifications.${name}.${choice}`)}</option>`)}</select></label>
    <p class="hint">${t(`notifications.${name}.about`)}</p>`
}

export function UrgentSettings() {
  return html`<h3>${t("notifications.urgent")}</h3><div class="form"><${Choice} name="urgent_from" choices=${["everyone", "admins", "nobody"]} /></div>`
}

export function PushWhen() { return html`<${Choice} name="push_when" choices=${["away", "now", "unread"]} />` }

// Theme and keyboard settings of this browser.
import { setTheme, html, Icon, theme } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { setSendKey, setSingleKeys, sendKey, singleKeys } from "./preferences.js"

const THEMES = /** @type {const} */ ([["system", "monitor"], ["light", "sun"], ["dark", "moon"]])
const SENDING = /** @type {const} */ (["enter", "control"])

export function Appearance() {
  return html`<div class="form">
    <fieldset class="theme"><legend>${t("people.theme.label")}</legend><div class="segments">${THEMES.map(([name, icon]) => html`
      <label><input type="radio" name="theme" checked=${theme.value === name} onChange=${() => setTheme(name)} /><${Icon} name=${icon} />${t(`people.theme.${name}`)}</label>`)}</div></fieldset>
    <fieldset class="theme"><legend>${t("people.keys.sending")}</legend><div class="segments">${SENDING.map(name => html`
      <label><input type="radio" name="sending" checked=${sendKey.value === name} onChange=${() => setSendKey(name)} />${t(`people.keys.${name}`)}</label>`)}</div></fieldset>
    <label class="check"><input type="checkbox" checked=${singleKeys.value} onChange=${(/** @type {any} */ event) => setSingleKeys(event.target.checked)} /> ${t("people.keys.single")}</label>
  </div>`
}

// Above the composer: the message being edited or quoted.
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { sendKeyIn } from "./composer-keys.js"
import { Quote } from "./quote.js"

/** @param {{ composer: import("./composer-state.js").ComposerState }} props */
export function ComposerContext({ composer }) {
  if (composer.editing.value) {
    return html`<div class="over"><${Icon} name="pencil" /><span>${t("chat.edit.title")}</span><small class="wide-only">${t(sendKeyIn(composer.channel) === "enter" ? "chat.edit.hint" : "chat.edit.hint.control")}</small>
      <button class="ghost" type="button" aria-label=${t("chat.edit.cancel")} onClick=${() => composer.cancel()}><${Icon} name="x" /></button></div>`
  }
  if (!composer.quoting.value) return null
  return html`<div class="over"><${Quote} channel=${composer.channel} seq=${composer.quoting.value} onClose=${() => { composer.quoting.value = 0 }} /></div>`
}

// Above the composer: the message being edited or quoted, and warnings before sending.
import { html, Icon } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { joinNames } from "./room-events.js"
import { Quote } from "./quote.js"
import { invite } from "./send-warnings.js"

/** @param {{ composer: import("./composer-state.js").ComposerState }} props */
export function ComposerContext({ composer }) {
  if (composer.editing.value) {
    return html`<div class="over"><${Icon} name="pencil" /><span>${t("chat.edit.title")}</span><small class="wide-only">${t("chat.edit.hint")}</small>
      <button class="ghost" type="button" aria-label=${t("chat.edit.cancel")} onClick=${() => composer.cancel()}><${Icon} name="x" /></button></div>`
  }
  if (!composer.quoting.value) return null
  return html`<div class="over"><${Quote} channel=${composer.channel} seq=${composer.quoting.value} onClose=${() => { composer.quoting.value = 0 }} /></div>`
}

/** @param {{ warning: import("./send-warnings.js").Warning, channel: string, send: () => void, back: () => void }} props */
export function SendWarning({ warning, channel, send, back: back }) {
  const problem = useSignal("")
  async function inviteFirst() {
    if (warning.kind !== "outside") return
    const { error } = await invite(channel, warning.people)
    if (error) problem.value = error
    else send()
  }
  const words = warning.kind === "many" ? t("chat.warn.many", { n: warning.n }) : t("chat.warn.outside", { n: warning.people.length, who: joinNames(warning.people) })
  return html`<div class="send-warning" role="alert"><p>${problem.value || words}</p>
    ${warning.kind === "outside" && html`<button class="primary" type="button" onClick=${inviteFirst}>${t("chat.warn.invite")}</button>`}
    <button class="plain" type="button" onClick=${send}>${t(warning.kind === "many" ? "chat.warn.send" : "chat.warn.without")}</button>
    <button class="plain" type="button" onClick=${back}>${t("chat.warn.back")}</button></div>`
}

// Above the field: what is edited or quoted, with the way out; and what should be known before a message is sent.
import { html, Icon } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { sentence, t } from "../../web/static/strings.js"
import { names } from "./lines.js"
import { Quote } from "./quote.js"
import { invite } from "./warnings.js"

/** @param {{ writing: import("./writing.js").Writing }} props */
export function Over({ writing }) {
  if (writing.editing.value) {
    return html`<div class="over"><${Icon} name="pencil" /><span>${t("chat.edit.title")}</span><small class="roomy">${t("chat.edit.hint")}</small>
      <button class="ghost" type="button" aria-label=${t("chat.edit.cancel")} onClick=${() => writing.cancel()}><${Icon} name="x" /></button></div>`
  }
  if (!writing.quoting.value) return null
  return html`<div class="over"><${Quote} channel=${writing.channel} seq=${writing.quoting.value} onClose=${() => { writing.quoting.value = 0 }} /></div>`
}

/** @param {{ warning: import("./warnings.js").Warning, channel: string, send: () => void, back: () => void }} props */
export function Warned({ warning, channel, send, back }) {
  const problem = useSignal("")
  async function inviteFirst() {
    if (warning.kind !== "outside") return
    const { error } = await invite(channel, warning.people)
    if (error) problem.value = sentence(error)
    else send()
  }
  const words = warning.kind === "many" ? t("chat.warn.many", { n: warning.n }) : t("chat.warn.outside", { n: warning.people.length, who: names(warning.people) })
  return html`<div class="warned" role="alert"><p>${problem.value || words}</p>
    ${warning.kind === "outside" && html`<button class="primary" type="button" onClick=${inviteFirst}>${t("chat.warn.invite")}</button>`}
    <button class="plain" type="button" onClick=${send}>${t(warning.kind === "many" ? "chat.warn.send" : "chat.warn.without")}</button>
    <button class="plain" type="button" onClick=${back}>${t("chat.warn.back")}</button></div>`
}

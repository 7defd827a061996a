// A button that revokes a hook, a bot or a webhook, after a question.
import { Dialog } from "../../web/static/dialog.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { useSignal } from "../../web/static/vendor/preact.js"

/** @param {{ name: string, sure: string, label?: string, act: () => unknown }} props */
export function Revoke({ name, sure, label = t("hooks.revoke"), act }) {
  const asking = useSignal(false), close = () => { asking.value = false }
  return html`<button class="plain danger" type="button" onClick=${() => { asking.value = true }}><${Icon} name="trash-2" />${label}</button>
    ${asking.value && html`<${Dialog} title=${t("hooks.revoke.title", { name })} onClose=${close}><div class="form"><p>${sure}</p>
      <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("people.name.cancel")}</button>
        <button class="primary danger" type="button" onClick=${() => { close(); act() }}>${t("hooks.revoke")}</button></div></div><//>`}`
}

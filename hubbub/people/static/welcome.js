// The hint of a first visit: you are here already; take a name, and see it live in a second window.
import { boot } from "../../web/static/boot.js"
import { sheet, wide } from "../../web/static/shell.js"
import { html, Icon } from "../../web/static/ui.js"
import { signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/words.js"
import { me, naming } from "./me.js"

const hidden = signal(localStorage.getItem("welcomed") === "yes")

/** Never show the hint again in this browser. */
export function hide() {
  hidden.value = true
  localStorage.setItem("welcomed", "yes")
}

function rename() {
  naming.value = true
  if (!wide.value) sheet.value = true
}

export function Welcome() {
  const guest = me.value ? me.value.kind === "guest" : boot.guests
  if (hidden.value || !guest) return null
  return html`<aside class="notice" aria-label=${t("welcome.name")}>
    <p>${t("welcome.words", { name: me.value?.name ?? t("me.stranger") })} <span class="roomy">${t("welcome.live")}</span></p>
    <div class="verbs">
      <button class="plain" type="button" onClick=${rename}>${t("welcome.name")}</button>
      <a class="plain roomy" href="/" target="_blank" rel="noopener">${t("welcome.second")} <${Icon} name="external-link" /></a>
      <button class="ghost" type="button" aria-label=${t("welcome.dismiss")} onClick=${hide}><${Icon} name="x" /></button>
    </div>
  </aside>`
}

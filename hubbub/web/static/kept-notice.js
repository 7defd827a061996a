// Says that this is what the browser has kept, while the server cannot be reached.
import { boot, html, Icon, add } from "./shell.js"
import { connectionState, reconnect } from "./connection.js"
import { sinceOf } from "./dates.js"
import { t } from "./strings.js"

function KeptNotice() {
  if (connectionState.value === "online" || connectionState.value === "refused") return null
  return html`<div class="notice kept" role="status"><p><${Icon} name="cloud-off" /> ${t("web.kept.notice", { when: sinceOf(boot.kept ?? 0) })}</p>
    <div class="buttons"><button class="plain" type="button" onClick=${reconnect}>${t("web.part.again")}</button></div></div>`
}

add("notices", KeptNotice, -2)

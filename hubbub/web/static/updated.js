// Says that the server was updated while this page was open, and offers to reload.
import { updated } from "./connection.js"
import { add, html } from "./shell.js"
import { t } from "./strings.js"

export function Reload() { return html`<button class="plain" type="button" onClick=${() => location.reload()}>${t("web.updated.reload")}</button>` }

function Updated() {
  return updated.value && html`<div class="notice" role="status"><p>${t("web.updated")}</p><div class="buttons"><${Reload} /></div></div>`
}

add("notices", Updated, -1)

// Shown to someone who may not enter because nobody has claimed the server: the reason and the way in.
import { refusalReason } from "../../web/static/connection.js"
import { html, url, workspace } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"

const port = location.port || (location.protocol === "https:" ? "443" : "80")
const address = `http://127.0.0.1:${port}${url("/")}`
const tunnel = `ssh -L ${port}:127.0.0.1:${port} ${location.hostname}`

export function SetupHelp() {
  return html`<main class="page">
    <img src=${workspace.value.icon} alt="" />
    <h1>${t("people.closed.title")}</h1>
    ${refusalReason.value && html`<p class="strong">${refusalReason.value}</p>`}
    <p>${t("people.closed.why")}</p>
    <p>${t("people.closed.there")}</p>
    <code>${address}</code>
    <p>${t("people.closed.tunnel")}</p>
    <code>${tunnel}</code>
  </main>`
}

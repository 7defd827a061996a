// What somebody sees who may not come in: why, and what to do about it.
import { refusalReason } from "../../web/static/connection.js"
import { assets, html } from "../../web/static/shell.js"
import { sentence, t } from "../../web/static/strings.js"

const port = location.port || (location.protocol === "https:" ? "443" : "80")
const address = `http://127.0.0.1:${port}`
const tunnel = `ssh -L ${port}:127.0.0.1:${port} ${location.hostname}`

export function Closed() {
  return html`<main class="page">
    <img src=${`${assets}/web/static/icon.svg`} alt="" />
    <h1>${t("people.closed.title")}</h1>
    ${refusalReason.value && html`<p class="strong">${sentence(refusalReason.value)}</p>`}
    <p>${t("people.closed.why")}</p>
    <p>${t("people.closed.there")}</p>
    <code>${address}</code>
    <p>${t("people.closed.tunnel")}</p>
    <code>${tunnel}</code>
  </main>`
}

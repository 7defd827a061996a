// What the server stores and who uses it now; its owners download a backup here.
import { get, send } from "../../web/static/http.js"
import { html, Icon, url } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { locale, t } from "../../web/static/strings.js"
import { sizeOf } from "../../files/static/attachments.js"
import { FieldProblem, PasswordField, Problem, useForm } from "../../web/static/form-fields.js"
import { me } from "./me.js"

/** @typedef {{ version: string, database: string, database_bytes: number, files: Array<{ kind: string, count: number, bytes: number }>, free: number,
 *   messages: number, members: number, guests: number, online: number, sign_ins: number, servers: number }} Status */

const COMMAND = "hubbub backup FILE"
const number = (/** @type {number} */ value) => new Intl.NumberFormat(locale()).format(value)

/** @param {{ rows: Array<[words: string, value: string]> }} props */
function Facts({ rows }) { return html`<dl class="facts">${rows.map(([words, value]) => html`<div key=${words}><dt>${words}</dt><dd>${value}</dd></div>`)}</dl>` }

/** The used space by what uses it, as one bar. @param {{ status: Status }} props */
function Storage({ status: { files, database_bytes: database, free, messages } }) {
  const parts = [{ kind: "database", count: messages, bytes: database }, ...files], used = parts.reduce((sum, { bytes }) => sum + bytes, 0)
  return html`<section aria-labelledby="storage"><h3 id="storage">${t("people.status.storage")}</h3>
    <p><b>${sizeOf(used)}</b> ${t("people.status.used", { free: sizeOf(free) })}</p>
    <div class="usage" aria-hidden="true">${parts.map(({ kind, bytes }) => html`<meter key=${kind} class=${kind} min="0" max="1" value="1" ref=${(/** @type {HTMLElement | null} */ bar) => bar?.style.setProperty("flex-grow", String(bytes))}></meter>`)}</div>
    <ul class="kinds">${parts.map(({ kind, count, bytes }) => html`<li key=${kind} class=${kind}><span class="label">${t(`people.status.kind.${kind}`, { n: count })}</span><span>${sizeOf(bytes)}</span></li>`)}</ul></section>`
}

/** @param {{ status: Status }} props */
function Backup({ status }) {
  const bytes = status.database_bytes + status.files.reduce((sum, file) => sum + file.bytes, 0)
  const form = useForm(async ({ password }) => {
    const answer = await send("POST", "/api/backup", { password })
    if (answer.error) return answer
    location.assign(url(`/api/backup?ticket=${answer.ok.ticket}`))
    const field = document.getElementById("password")
    if (field instanceof HTMLInputElement) field.value = ""
  })
  return html`<section aria-labelledby="backup"><h3 id="backup">${t("people.backup.title")}</h3><p>${t("people.backup.why")}</p>
    <p class="notice-text"><${Icon} name="circle-alert" />${t("people.backup.secret")}</p>
    <form class="form" onSubmit=${form.submit}>
      <input class="visually-hidden" name="username" autocomplete="username" value=${me.value?.handle} readonly tabindex="-1" aria-hidden="true" />
      <${PasswordField} form=${form} name="password" label=${t("people.backup.password")} />
      <${FieldProblem} form=${form} />
      <div class="buttons"><button class="primary" aria-busy=${form.busy.value ? "true" : "false"}><${Icon} name="download" />${t("people.backup.download", { size: sizeOf(bytes) })}</button></div></form>
    <p class="hint">${t("people.backup.regular")} <code>${COMMAND}</code></p></section>`
}

export function ServerStatus() {
  const found = useSignal(/** @type {Status | null} */ (null)), problem = useSignal("")
  useLoad(() => {
    get("/api/status").then(({ ok, error = "" }) => {
      if (ok) found.value = ok
      problem.value = ok ? "" : error
    })
  })
  const now = found.value
  if (!now) return html`<${Problem} words=${problem.value} />`
  return html`<div class="server-status"><${Storage} status=${now} />
    ${me.value?.role === "owner" && html`<${Backup} status=${now} />`}
    <section aria-labelledby="connections"><h3 id="connections">${t("people.status.connections")}</h3>
      <${Facts} rows=${[[t("people.status.online"), number(now.online)], [t("people.status.sessions"), number(now.sign_ins)], [t("people.status.members"), number(now.members)], [t("people.status.guests"), number(now.guests)],
        [t("people.status.servers"), number(now.servers)], [t("people.status.database"), now.database === "postgres" ? "PostgreSQL" : "SQLite"], [t("people.status.version"), now.version]]} /></section></div>`
}

// A document: its sheets, and whether all changes are saved.
import { html, Icon } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { connectionState as connection } from "../../web/static/connection.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { Sheets } from "./document-sheets.js"
import { close, open } from "./open-documents.js"

const ICONS = { saved: "circle-check", saving: "loader-circle", offline: "cloud-off", refused: "circle-alert" }

/** Whether all changes are saved. @param {{ opened: import("./open-documents.js").Opened["ok"] }} props */
function SaveState({ opened }) {
  const offline = connection.value !== "online" && opened?.state.value !== "refused"
  const state = /** @type {keyof typeof ICONS} */ (opened?.state.value), shown = offline ? (state === "saved" ? "away" : "offline") : state
  return html`<p class=${`save-state ${shown}`} role="status"><${Icon} name=${offline ? "cloud-off" : ICONS[state]} spin=${shown === "saving"} /><span>${t(`documents.document.${shown}`)}</span></p>`
}

/** @param {{ opened: any }} props */
function Notice({ opened }) {
  const { archived, may_write } = opened.facts.value, words = opened.words.value
  const sure = useSignal(false)
  const drop = () => opened.discard().then(() => location.reload())
  const copy = () => navigator.clipboard?.writeText(opened.text.toString()).then(() => toast(t("documents.document.copied")))
  if (words) return html`<div class="notice danger" role="alert"><p>${t("documents.document.refused.why", { reason: words })}</p>
    <div class="buttons"><button class="plain" type="button" onClick=${copy}>${t("documents.document.copy")}</button>
      ${sure.value ? html`<button class="primary" type="button" onClick=${drop}>${t("documents.document.drop.sure")}</button>` : html`<button class="plain" type="button" onClick=${() => { sure.value = true }}>${t("documents.document.drop")}</button>`}</div></div>`
  return may_write ? null : html`<p class="notice" role="status"><${Icon} name="lock" /> ${t(archived ? "documents.document.archived" : "documents.document.readonly")}</p>`
}

/** @param {{ id: string }} props */
export function DocumentView({ id }) {
  const opened = useSignal(/** @type {any} */ (null)), problem = useSignal(""), again = useSignal(0), away = problem.value === "offline", online = connection.value === "online"
  useEffect(() => {
    let gone = false
    opened.value = null
    problem.value = ""
    open(Number(id), true).then(({ ok, error, code = "" }) => {
      if (gone) return
      if (error) problem.value = code
      else opened.value = ok
    })
    return () => {
      gone = true
      close(Number(id))
    }
  }, [id, again.value])
  useEffect(() => { if (away && online) again.value++ }, [online])
  if (away) return html`<div class="empty"><${Icon} name="cloud-off" /><h2>${t("documents.document.unopened")}</h2><p>${t("documents.document.unopened.why")}</p></div>`
  if (problem.value) return html`<div class="empty"><${Icon} name="file-text" /><h2>${t("documents.document.not_found")}</h2><p><a href="/documents">${t("documents.all")}</a></p></div>`
  if (!opened.value) return html`<div class="empty" aria-busy="true"><${Icon} name="loader-circle" spin /></div>`
  return html`<div class="document"><${Notice} opened=${opened.value} /><${Sheets} key=${id} opened=${opened.value} /><${SaveState} opened=${opened.value} /></div>`
}

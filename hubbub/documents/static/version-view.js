// A version of a document: read it, restore it.
import { get, send } from "../../web/static/http.js"
import { makeKey } from "../../web/static/outbox.js"
import { navigate } from "../../web/static/router.js"
import { html, Icon } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { momentOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { updateTitles } from "./titles.js"

/** @param {{ id: string, seq: string }} props */
export function VersionView({ id, seq }) {
  const found = useSignal(/** @type {any} */ (null)), may = useSignal(false), problem = useSignal(""), sure = useSignal(false), busy = useSignal(false)
  useEffect(() => {
    found.value = null
    sure.value = false
    get(`/api/documents/${id}/versions/${seq}`).then(({ ok, error }) => {
      problem.value = error ?? ""
      found.value = ok
    })
    get(`/api/documents/${id}`).then(({ ok }) => { if (ok) { may.value = ok.may_write; updateTitles([ok]) } })
  }, [id, seq])
  async function restore() {
    busy.value = true
    const { error } = await send("POST", `/api/documents/${id}/restore`, { seq: Number(seq), key: makeKey() })
    busy.value = false
    if (error) { toast(error, { danger: true }); return }
    toast(t("documents.versions.done"))
    navigate(`/document/${id}`)
  }
  if (problem.value) return html`<div class="empty"><${Icon} name="file-clock" /><h2>${problem.value}</h2><p><a href=${`/document/${id}`}>${t("documents.versions.now")}</a></p></div>`
  if (!found.value) return html`<div class="empty" aria-busy="true"><${Icon} name="loader-circle" spin /></div>`
  return html`<div class="document"><div class="notice"><p><${Icon} name="file-clock" /> ${t("documents.versions.of", { when: momentOf(found.value.at), name: person(found.value.author).name || "…" })}</p>
    <div class="buttons"><a class="plain" href=${`/document/${id}`}>${t("documents.versions.now")}</a>
      ${may.value && (sure.value ? html`<button class="primary" type="button" aria-busy=${busy.value ? "true" : "false"} onClick=${restore}>${t("documents.versions.sure")}</button>`
        : html`<button class="plain" type="button" onClick=${() => { sure.value = true }}><${Icon} name="rotate-ccw" />${t("documents.versions.restore")}</button>`)}</div></div>
    <div class="editor old" tabindex="0" role="region" aria-label=${t("documents.versions.text")}><pre dir="auto">${found.value.text}</pre></div></div>`
}

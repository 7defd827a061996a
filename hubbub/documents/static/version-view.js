// A version of a document: its changes since the version before it, its differences from the current text, or the whole
// text; and a button that restores it.
import { get, send } from "../../web/static/http.js"
import { makeKey } from "../../web/static/outbox.js"
import { navigate } from "../../web/static/router.js"
import { html, Icon } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { momentOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { Difference } from "./difference-view.js"
import { LongProse } from "./long-prose.js"
import { updateTitles } from "./titles.js"

/** A version with the texts that it is compared with. @typedef {{ text: string, at: number, author: number, before: string, now: string, may: boolean }} Loaded */
const VIEWS = ["since", "until", "text"]

/** @param {string} id @param {string} seq @returns {Promise<{ ok?: Loaded, error?: string }>} */
async function load(id, seq) {
  const address = `/api/documents/${id}/versions`
  const [own, all, facts] = await Promise.all([get(`${address}/${seq}`), get(address), get(`/api/documents/${id}`)])
  const failed = [own, all, facts].find(({ error }) => error)
  if (failed) return { error: failed.error }
  updateTitles([facts.ok])
  const previous = all.ok.find((/** @type {{ seq: number }} */ version) => version.seq < Number(seq))
  const [before, now] = await Promise.all([previous && get(`${address}/${previous.seq}`), get(`${address}/${all.ok[0].seq}`)])
  const error = before?.error ?? now.error
  return error ? { error } : { ok: { ...own.ok, before: before?.ok.text ?? "", now: now.ok.text, may: facts.ok.may_write } }
}

/** @param {{ id: string, seq: string }} props */
export function VersionView({ id, seq }) {
  const found = useSignal(/** @type {Loaded | null} */ (null)), problem = useSignal(""), sure = useSignal(false), busy = useSignal(false), view = useSignal("since")
  useEffect(() => {
    let gone = false
    found.value = null
    sure.value = false
    load(id, seq).then(({ ok = null, error = "" }) => {
      if (gone) return
      problem.value = error
      found.value = ok
    })
    return () => { gone = true }
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
      ${found.value.may && (sure.value ? html`<button class="primary" type="button" aria-busy=${busy.value ? "true" : "false"} onClick=${restore}>${t("documents.versions.sure")}</button>`
        : html`<button class="plain" type="button" onClick=${() => { sure.value = true }}><${Icon} name="rotate-ccw" />${t("documents.versions.restore")}</button>`)}</div></div>
    <div class="document-bar"><div class="segments" role="group" aria-label=${t("documents.versions.show")}>${VIEWS.map(one => html`
      <label key=${one}><input type="radio" name="view" checked=${view.value === one} onChange=${() => { view.value = one }} />${t(`documents.versions.show.${one}`)}</label>`)}</div></div>
    ${view.value === "text" ? html`<div class="reading" tabindex="0" role="region" aria-label=${t("documents.versions.text")}><article><${LongProse} text=${found.value.text} /></article></div>`
      : html`<div class="changes"><${Difference} key=${view.value} before=${view.value === "since" ? found.value.before : found.value.text} after=${view.value === "since" ? found.value.text : found.value.now} /></div>`}</div>`
}

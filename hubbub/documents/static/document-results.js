// The tab of the search with documents: their titles, and the lines around what was found in their texts.
import { get } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { ago, momentOf } from "../../web/static/dates.js"
import { fold, t } from "../../web/static/strings.js"
import { useLoad } from "../../web/static/use-load.js"
import { highlighter } from "../../chat/static/highlight.js"
import { person } from "../../people/static/directory.js"

/** @typedef {import("./titles.js").Document} Document */
/** @typedef {{ document: Document, excerpts: Array<{ before: string, line: string, after: string }> }} Found */

const MOST = 50

/** @param {{ text: string, split: (text: string) => string[] }} props */
function Marked({ text, split }) { return split(text).map((part, at) => at % 2 ? html`<mark>${part}</mark>` : part) }

/** @param {{ found: Found, split: (text: string) => string[] }} props */
function Result({ found: { document: one, excerpts }, split }) {
  return html`<li class="result"><a class="cover-link" href=${`/document/${one.id}`} aria-label=${one.title}></a>
    <p class="by"><${Icon} name="file-text" /><b dir="auto"><${Marked} text=${one.title} split=${split} /></b>
      ${one.archived && html`<span>${t("documents.archived")}</span>`}<span dir="auto">${person(one.changed_by).name}</span><time title=${momentOf(one.changed)}>${ago(one.changed)}</time></p>
    ${excerpts.map(({ before, line, after }) => html`<p class="excerpt" dir="auto">${before && html`<small>${before}</small>`}<span><${Marked} text=${line.replace(/^#+\s+/, "")} split=${split} /></span>${after && html`<small>${after}</small>`}</p>`)}</li>`
}

/** @param {import("../../web/static/find.js").TabProps} props */
export function DocumentResults({ words, room }) {
  const found = useSignal(/** @type {Found[] | null} */ (null)), problem = useSignal("")
  useLoad(() => {
    let stale = false
    const where = `room=${encodeURIComponent(room)}`
    get(words ? `/api/documents/search?q=${encodeURIComponent(words)}&${where}` : `/api/documents?${where}&limit=${MOST}`).then(({ ok, error }) => {
      if (stale) return
      problem.value = error ?? ""
      if (ok) found.value = words ? ok : ok.map((/** @type {Document} */ document) => ({ document, excerpts: [] }))
    })
    return () => { stale = true }
  }, [words, room])
  const split = highlighter(fold(words).normalize("NFC").split(" ").filter(Boolean), true)
  return html`<p class="line" role="status">${problem.value || found.value && t("documents.found", { n: found.value.length })}</p>
    ${found.value && !found.value.length && html`<div class="empty"><${Icon} name="file-text" /><h2>${t("documents.none.such")}</h2></div>`}
    <ol class="results" aria-label=${t("documents.title")}>${found.value?.map(one => html`<${Result} key=${one.document.id} found=${one} split=${split} />`)}</ol>`
}

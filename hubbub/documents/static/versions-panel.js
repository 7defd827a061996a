// The versions of a document by day: who wrote when, with links.
import { get } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { path } from "../../web/static/router.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { dayName, dayOf, timeOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { person } from "../../people/static/directory.js"

/** @typedef {{ seq: number, at: number, since: number, people: number[], restored?: number }} Version */

/** @param {{ id: string }} props */
export function Versions({ id }) {
  const found = useSignal(/** @type {Version[] | null} */ (null)), problem = useSignal("")
  const at = Number(path.value.split("/")[3] ?? 0)
  useLoad(() => {
    let isOld = false
    get(`/api/documents/${id}/versions`).then(({ ok, error }) => {
      if (isOld) return
      problem.value = error ?? ""
      if (ok) found.value = ok
    })
    return () => { isOld = true }
  }, [id, path.value])
  if (problem.value) return html`<p class="error-text">${problem.value}</p>`
  const list = found.value ?? []
  return html`<div class="versions" aria-busy=${found.value ? undefined : "true"}>
    <a class="row" href=${`/document/${id}`} aria-current=${at ? undefined : "page"}><${Icon} name="file-text" /><span class="label">${t("documents.versions.now")}</span></a>
    ${list.flatMap((version, index) => [
      (!index || dayOf(list[index - 1].at) !== dayOf(version.at)) && html`<h3 key=${`day${dayOf(version.at)}`}>${dayName(version.at)}</h3>`,
      html`<a class="row" key=${version.seq} href=${`/document/${id}/${version.seq}`} aria-current=${version.seq === at ? "page" : undefined}>
        <span class="faces">${version.people.slice(0, 3).map(one => html`<${Avatar} id=${one} small />`)}</span>
        <span class="label"><time>${timeOf(version.at)}</time> <span dir="auto">${version.people.map(one => person(one).name || "…").join(", ")}</span>
          ${version.restored && html`<small>${t("documents.versions.restored")}</small>`}</span></a>`])}
    ${found.value && !list.length && html`<p class="hint">${t("documents.versions.none")}</p>`}
  </div>`
}

// The tab of the search with people: by name and handle.
import { html, Icon } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "./avatar.js"
import { findPeople, online, openCard, person } from "./directory.js"

/** @param {import("../../web/static/find.js").TabProps} props */
export function PeopleResults({ words }) {
  const ids = useSignal(/** @type {number[] | null} */ (null))
  useLoad(() => {
    let stale = false
    findPeople(words).then(found => { if (!stale) ids.value = found.map(({ id }) => id) })
    return () => { stale = true }
  }, [words])
  return html`<p class="line" role="status">${ids.value && t("people.found", { n: ids.value.length })}</p>
    ${ids.value?.length === 0 && html`<div class="empty"><${Icon} name="users" /><h2>${t("people.none")}</h2></div>`}
    <ol class="results" aria-label=${t("people.title")}>${ids.value?.map(person).map(({ id, name, handle, status, role }) => html`<li class="result person-result" key=${id}>
      <button class="cover-link" type="button" aria-label=${name} onClick=${(/** @type {any} */ event) => openCard(id, event.currentTarget)}></button>
      <${Avatar} id=${id} here=${online.value.has(id)} /><div><p class="by"><b dir="auto">${name}</b><span dir="auto">@${handle}</span></p><p class="context" dir="auto">${[t(`people.role.${role}`), status].filter(Boolean).join(" · ")}</p></div></li>`)}</ol>`
}

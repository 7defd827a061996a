// The list of documents that I may read, the last changed first.
import { getKept } from "../../web/static/kept.js"
import { KeptSince } from "../../web/static/kept-since.js"
import * as connection from "../../web/static/connection.js"
import { callEach } from "../../web/static/guard.js"
import { path } from "../../web/static/router.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { ago, momentOf } from "../../web/static/dates.js"
import { WindowedList } from "../../web/static/windowed.js"
import { fold, t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { person } from "../../people/static/directory.js"
import { CreateDocument } from "./create-document.js"
import { updateTitles } from "./titles.js"

/** @typedef {import("./titles.js").Document} Document */

const SEARCH_FROM = 8
/** @type {Set<() => void>} */
const openViews = new Set()
connection.onEvent(event => { if (event === "document") callEach("The list of documents", openViews) })

/** @param {{ one: Document, room: string }} props */
function Row({ one, room }) {
  return html`<li><a class="document-row" href=${`/document/${one.id}`}><${Icon} name="file-text" />
    <span class="label"><b dir="auto">${one.title}</b><small dir="auto">${room}</small></span>
    <span class="changed"><${Avatar} id=${one.changed_by} small /><small><span dir="auto">${person(one.changed_by).name || "…"}</span> <time title=${momentOf(one.changed)}>${ago(one.changed)}</time></small></span></a></li>`
}

export function DocumentsView() {
  const found = useSignal(/** @type {Document[] | null} */ (null)), rooms = useSignal(/** @type {any[]} */ ([])), problem = useSignal("")
  const since = useSignal(0), word = useSignal(""), archived = useSignal(false), making = useSignal(false)
  const room = new URLSearchParams(path.value.split("?")[1]).get("room") ?? ""
  useEffect(() => {
    const refresh = () => getKept(`/api/documents?room=${encodeURIComponent(room)}&archived=${archived.value}`).then(({ ok, error, at = 0 }) => {
      since.value = at
      problem.value = found.value ? "" : error ?? ""
      if (ok) { found.value = ok; updateTitles(ok) }
    })
    refresh()
    openViews.add(refresh)
    return () => { openViews.delete(refresh) }
  }, [archived.value, room, connection.connectionState.value === "online"])
  useEffect(() => { getKept("/api/rooms?q=").then(({ ok }) => { rooms.value = ok ?? [] }) }, [])
  if (problem.value) return html`<div class="empty"><${Icon} name="circle-alert" /><p>${problem.value}</p></div>`
  if (!found.value) return html`<div class="empty" aria-busy="true"><${Icon} name="loader-circle" spin /></div>`
  const names = Object.fromEntries(rooms.value.map(({ channel, name }) => [channel, name])), nameOf = (/** @type {string} */ channel) => names[channel] ?? t("documents.direct")
  const low = fold(word.value), shown = found.value.filter(({ title }) => fold(title).includes(low))
  const begin = html`<button class="primary" type="button" onClick=${() => { making.value = true }}><${Icon} name="plus" />${t("documents.new")}</button>`
  return html`<div class="documents">
    <${KeptSince} at=${since.value} />
    <div class="browser-bar">${(found.value.length > SEARCH_FROM || low) && html`<input class="field" type="search" aria-label=${t("documents.find")} placeholder=${t("documents.find")} dir="auto" value=${word.value}
        onInput=${(/** @type {any} */ event) => { word.value = event.target.value }} />`}
      ${room && html`<a class="plain" href="/documents"><${Icon} name="x" />${nameOf(room)}</a>`}
      <label class="check"><input type="checkbox" checked=${archived.value} onChange=${(/** @type {any} */ event) => { archived.value = event.target.checked }} /> ${t("documents.archived")}</label>
      ${found.value.length > 0 && begin}</div>
    <${WindowedList} aria-label=${t("documents.title")} items=${shown} row=${(/** @type {Document} */ one) => html`<${Row} key=${one.id} one=${one} room=${nameOf(one.room)} />`} />
    ${!shown.length && html`<div class="empty"><${Icon} name="file-text" /><h2>${t(archived.value || low ? "documents.none.such" : "documents.none")}</h2><p>${t("documents.none.why")}</p>${!low && !archived.value && begin}</div>`}
    ${making.value && html`<${CreateDocument} room=${room} rooms=${rooms.value} close=${() => { making.value = false }} />`}
  </div>`
}

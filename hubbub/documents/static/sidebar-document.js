// A document in the sidebar.
import { onEvent } from "../../web/static/connection.js"
import { get } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { t } from "../../web/static/strings.js"
import { isCurrent } from "../../chat/static/rooms/room-row.js"
import { titles, updateTitles } from "./titles.js"

onEvent((event, payload) => { if (event === "document" && payload.data) updateTitles([{ id: payload.data.document, title: payload.data.title }]) })

/** @param {{ channel: string }} props */
export function SidebarDocument({ channel }) {
  const id = Number(channel.slice(4)), href = `/document/${id}`, title = titles.value.get(id)
  useLoad(() => { if (!titles.peek().has(id)) get(`/api/documents/${id}`).then(({ ok }) => { if (ok) updateTitles([ok]) }) }, [id])
  return html`<a class="row" href=${href} aria-current=${isCurrent(href) ? "page" : undefined}><${Icon} name="file-text" />
    <span class="label" dir="auto">${title ?? t("documents.one")}</span></a>`
}

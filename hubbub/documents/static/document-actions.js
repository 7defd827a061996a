// The actions in a document's top bar: who is editing, versions, menu.
import { get, send } from "../../web/static/http.js"
import { Menu } from "../../web/static/menu.js"
import { makeKey } from "../../web/static/outbox.js"
import { navigate } from "../../web/static/router.js"
import { closePanel, html, Icon, openPanel, openedPanel, url, wide } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { KeepButton } from "../../people/static/keep-button.js"
import { openCard, person } from "../../people/static/directory.js"
import { open } from "./open-documents.js"
import { peopleEditing } from "./people-editing.js"
import { TitleDialog } from "./title-dialog.js"

const FACES = 5

/** @param {{ id: string }} props */
export function DocumentActions({ id }) {
  const opened = useSignal(/** @type {any} */ (null)), naming = useSignal(false), watched = useSignal(false), shown = openedPanel.value?.kind === "versions"
  useEffect(() => { open(Number(id)).then(({ ok }) => { opened.value = ok }) }, [id])
  const facts = opened.value?.facts.value
  if (!facts) return null
  /** @param {object} change */
  async function change(change) {
    const answer = await send("PATCH", `/api/documents/${id}`, { ...change, key: makeKey() })
    if (answer.error && !("title" in change)) toast(answer.error, { danger: true })
    opened.value.refreshFacts()
    return answer
  }
  async function watch() {
    const { error } = await send(watched.value ? "DELETE" : "PUT", "/api/rules", { kind: "document", channel: `doc:${id}` })
    if (error) { toast(error, { danger: true }); return }
    watched.value = !watched.value
    toast(t(watched.value ? "documents.document.watched" : "documents.document.unwatched"))
  }
  const loadWatched = () => get("/api/rules").then(({ ok }) => { watched.value = Boolean(ok?.some((/** @type {any} */ rule) => rule.kind === "document" && rule.channel === `doc:${id}`)) })
  const toggle = () => { if (shown) closePanel(); else openPanel({ kind: "versions", id }) }
  const items = [
    !wide.value && { icon: "file-clock", label: t("documents.versions.title"), act: toggle },
    facts.room && { icon: "hash", label: t("documents.document.room"), act: () => navigate(`/room/${facts.room.slice(5)}`) },
    { icon: watched.value ? "bell-off" : "bell", label: t(watched.value ? "documents.document.unwatch" : "documents.document.watch"), act: watch },
    { icon: "download", label: t("documents.document.download"), act: () => { location.href = url(`/document/${id}/text`) } },
    facts.may_manage && { icon: "pencil", label: t("documents.document.rename"), act: () => { naming.value = true } },
    facts.may_manage && { icon: facts.archived ? "archive-restore" : "archive", label: t(facts.archived ? "documents.document.restore" : "documents.document.archive"), act: () => { change({ archived: !facts.archived }) } },
  ]
  return html`<ul class="people-editing" aria-label=${t("documents.document.here")}>${peopleEditing.value.slice(0, FACES).map(one => html`<li key=${one}>
      <button type="button" title=${person(one).name} aria-label=${person(one).name} onClick=${(/** @type {any} */ event) => openCard(one, event.currentTarget)}><${Avatar} id=${one} /></button></li>`)}</ul>
    ${wide.value && html`<button class="ghost" type="button" aria-label=${t("documents.versions.title")} title=${t("documents.versions.title")} aria-expanded=${shown ? "true" : "false"} onClick=${toggle}><${Icon} name="file-clock" /></button>`}
    <${KeepButton} channel=${`doc:${id}`} /><${Menu} label=${t("documents.document.more")} items=${items} onOpen=${(/** @type {boolean} */ isOpen) => { if (isOpen) loadWatched() }} />
    ${naming.value && html`<${TitleDialog} title=${facts.title} save=${(/** @type {string} */ title) => change({ title })} close=${() => { naming.value = false }} />`}`
}

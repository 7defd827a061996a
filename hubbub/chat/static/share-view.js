// Share what another app sent to Hubbub: choose a room, and it is in the room's message field, not yet sent.
import { leave, navigate } from "../../web/static/router.js"
import { html, Icon, url } from "../../web/static/shell.js"
import { fold, t } from "../../web/static/strings.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { uploads } from "../../files/static/uploads.js"
import { draft, saveDraft } from "./drafts.js"
import { readOnlyReason } from "./read-only.js"
import { addressOf, iconOf } from "./rooms/room-row.js"
import { byTime } from "./rooms/sidebar-order.js"
import { roomName, rooms } from "./user-state.js"

/** @typedef {{ text: string, files: File[] }} Shared */

const SEARCH_FROM = 8
const databaseName = `hubbub-shared ${url("/")}` // as in worker.js

/** Return what was shared last; null if nothing was. @returns {Promise<Shared | null>} */
function readShared() {
  return new Promise(resolve => {
    const opening = indexedDB.open(databaseName)
    opening.onupgradeneeded = () => opening.result.createObjectStore("shared")
    opening.onerror = () => resolve(null)
    opening.onsuccess = () => {
      const request = opening.result.transaction("shared").objectStore("shared").get("last")
      request.onsuccess = () => resolve(request.result ?? null)
      request.onerror = () => resolve(null)
      opening.result.close()
    }
  })
}

/** @param {{ shared: Shared }} props */
function Preview({ shared: { text, files } }) {
  return html`<div class="shared-preview">${text && html`<p dir="auto">${text}</p>`}
    ${files.map(({ name }) => html`<p key=${name} dir="auto"><${Icon} name="file" /> ${name}</p>`)}</div>`
}

export function Share() {
  const shared = useSignal(/** @type {Shared | null | undefined} */ (undefined)), word = useSignal("")
  useEffect(() => { readShared().then(found => { shared.value = found }) }, [])
  const done = () => indexedDB.deleteDatabase(databaseName)
  /** @param {import("../../web/static/types").Room} room */
  function choose(room) {
    const { text = "", files = [] } = shared.value ?? {}
    saveDraft(room.channel, 0, [draft(room.channel).peek(), text].filter(Boolean).join("\n"))
    uploads(room.channel).add(files)
    done()
    navigate(addressOf(room), { replace: true })
  }
  if (shared.value === undefined) return html`<div class="empty" aria-busy="true"><${Icon} name="loader-circle" spin /></div>`
  if (shared.value === null) return html`<div class="empty"><${Icon} name="send-horizontal" /><h2>${t("chat.share.none")}</h2><p>${t("chat.share.none.why")}</p></div>`
  const mine = [...rooms.value.values()].filter(({ channel, archived }) => !archived && !readOnlyReason(channel))
  const low = fold(word.value), shown = mine.filter(room => fold(roomName(room)).includes(low)).sort(byTime)
  return html`<div class="share"><${Preview} shared=${shared.value} />
    <h2 id="share-to">${t("chat.share.where")}</h2>
    ${mine.length > SEARCH_FROM && html`<input class="field" type="search" aria-label=${t("chat.share.find")} placeholder=${t("chat.share.find")} dir="auto" value=${word.value}
      onInput=${(/** @type {any} */ event) => { word.value = event.target.value }} />`}
    <ul aria-labelledby="share-to">${shown.map(room => html`<li key=${room.channel}><button class="row" type="button" onClick=${() => choose(room)}>
      <${Icon} name=${iconOf(room)} /><span class="label" dir="auto">${roomName(room)}</span></button></li>`)}</ul>
    <button class="plain" type="button" onClick=${() => { done(); leave("/home") }}>${t("chat.share.cancel")}</button></div>`
}

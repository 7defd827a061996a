// The dialog that creates a document: its title, and the room whose members may edit it.
import { Dialog } from "../../web/static/dialog.js"
import { send } from "../../web/static/http.js"
import { makeKey } from "../../web/static/outbox.js"
import { navigate } from "../../web/static/router.js"
import { html, Icon } from "../../web/static/shell.js"
import { useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"

/** @param {{ room: string, rooms: any[], close: () => void }} props */
export function CreateDocument({ room, rooms, close }) {
  const problem = useSignal(""), busy = useSignal(false), key = useRef(makeKey()).current
  const mine = rooms.filter(({ role, kind, archived }) => !archived && (role || kind === "lobby"))
  /** @param {any} event */
  async function make(event) {
    event.preventDefault()
    if (busy.value) return
    busy.value = true
    const { title, where } = event.target.elements
    const { ok, error } = await send("POST", "/api/documents", { title: title.value, room: where.value, key })
    busy.value = false
    if (error) { problem.value = error; return }
    close()
    navigate(`/document/${ok.id}`)
  }
  return html`<${Dialog} title=${t("documents.new")} onClose=${close}><form class="form" onSubmit=${make}>
    <label>${t("documents.document.title")}<input class="field" name="title" maxlength="120" required autocomplete="off" dir="auto" autofocus aria-describedby="document-problem" /></label>
    <p class="error-text" id="document-problem" role="alert">${problem.value && html`<${Icon} name="circle-alert" />${problem.value}`}</p>
    <label>${t("documents.room")}<select class="field" name="where" defaultValue=${room || mine[0]?.channel}>
      ${mine.map(({ channel, name }) => html`<option value=${channel} selected=${channel === room}>${name}</option>`)}</select></label>
    <p class="hint">${t("documents.rights")}</p>
    <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("documents.document.cancel")}</button>
      <button class="primary" aria-busy=${busy.value ? "true" : "false"}>${t("documents.begin")}</button></div>
  </form><//>`
}

// The dialog that creates a document: its title, and the room whose members may edit it.
import { Dialog } from "../../web/static/dialog.js"
import { send } from "../../web/static/http.js"
import { makeKey } from "../../web/static/outbox.js"
import { navigate } from "../../web/static/router.js"
import { html } from "../../web/static/shell.js"
import { Field, FieldProblem, useForm } from "../../web/static/form-fields.js"
import { useRef } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"

/** @param {{ room: string, rooms: any[], close: () => void }} props */
export function CreateDocument({ room, rooms, close }) {
  const key = useRef(makeKey()).current
  const mine = rooms.filter(({ role, kind, archived }) => !archived && (role || kind === "lobby"))
  const form = useForm(async ({ title, where }) => {
    const answer = await send("POST", "/api/documents", { title, room: where, key })
    if (answer.error) return answer
    close()
    navigate(`/document/${answer.ok.id}`)
  }, "document-")
  return html`<${Dialog} title=${t("documents.new")} onClose=${close}><form class="form" onSubmit=${form.submit}>
    <${Field} form=${form} name="title" label=${t("documents.document.title")} maxlength="120" required autocomplete="off" autofocus />
    <label>${t("documents.room")}<select class="field" name="where" defaultValue=${room || mine[0]?.channel}>
      ${mine.map(({ channel, name }) => html`<option value=${channel} selected=${channel === room}>${name}</option>`)}</select></label>
    <p class="hint">${t("documents.rights")}</p><${FieldProblem} form=${form} />
    <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("documents.document.cancel")}</button>
      <button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t("documents.begin")}</button></div>
  </form><//>`
}

// The dialog that creates a room.
import { Dialog } from "../../../web/static/dialog.js"
import * as connection from "../../../web/static/connection.js"
import { makeKey } from "../../../web/static/outbox.js"
import { navigate } from "../../../web/static/router.js"
import { Field, FieldProblem, useForm } from "../../../web/static/form-fields.js"
import { html, Icon } from "../../../web/static/shell.js"
import { useRef, useSignal } from "../../../web/static/vendor/preact.js"
import { t } from "../../../web/static/strings.js"
import { me } from "../../../people/static/me.js"
import { PeopleField } from "../../../people/static/people-field.js"

const KINDS = [["public", "hash"], ["private", "lock"], ["announcement", "megaphone"]]

/** @param {{ close: () => void }} props */
export function CreateRoom({ close }) {
  const kind = useSignal("public")
  const people = useSignal(/** @type {number[]} */ ([]))
  const key = useRef(makeKey()).current
  const form = useForm(async ({ name, topic }) => {
    const answer = await connection.request("create_room", { name, kind: kind.value, topic, people: people.value, key })
    if (answer.error) return answer
    close()
    navigate(`/room/${answer.ok.channel.slice(5)}`)
  }, "room-")
  return html`<${Dialog} title=${t("chat.rooms.add")} onClose=${close}><form class="form" onSubmit=${form.submit}>
    <${Field} form=${form} name="name" label=${t("chat.rooms.name")} maxlength="60" required autocomplete="off" autofocus />
    <fieldset class="kinds"><legend class="visually-hidden">${t("chat.rooms.kind")}</legend>${KINDS.map(([one, icon]) => html`<label>
      <input type="radio" name="kind" checked=${kind.value === one} onChange=${() => { kind.value = one }} />
      <${Icon} name=${icon} /><span><b>${t(`chat.rooms.kind.${one}`)}</b><span class="hint">${t(`chat.rooms.kind.${one}.long`)}</span></span></label>`)}</fieldset>
    <${Field} form=${form} name="topic" label=${html`${t("chat.rooms.topic")} <span class="hint">${t("chat.rooms.optional")}</span>`} maxlength="250" autocomplete="off" />
    <div><label for="room-people">${t("chat.rooms.people")} <span class="hint">${t("chat.rooms.optional")}</span></label>
      <${PeopleField} id="room-people" chosen=${people} without=${[me.value?.id ?? 0]} form=${form} /></div>
    <${FieldProblem} form=${form} />
    <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("chat.rooms.cancel")}</button>
      <button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t("chat.rooms.make")}</button></div>
  </form><//>`
}

// The dialog that creates a room.
import { Dialog } from "../../../web/static/dialog.js"
import * as connection from "../../../web/static/connection.js"
import { makeKey } from "../../../web/static/outbox.js"
import { navigate } from "../../../web/static/router.js"
import { html, Icon } from "../../../web/static/shell.js"
import { useRef, useSignal } from "../../../web/static/vendor/preact.js"
import { t } from "../../../web/static/strings.js"
import { me } from "../../../people/static/me.js"
import { PeopleField } from "./people-field.js"

const KINDS = [["public", "hash"], ["private", "lock"], ["announcement", "megaphone"]]

/** @param {{ close: () => void }} props */
export function CreateRoom({ close }) {
  const kind = useSignal("public"), problem = useSignal(""), busy = useSignal(false)
  const people = useSignal(/** @type {number[]} */ ([]))
  const key = useRef(makeKey()).current, name = useRef(/** @type {HTMLInputElement | null} */ (null))

  /** @param {any} event */
  async function make(event) {
    event.preventDefault()
    if (busy.value) return
    busy.value = true
    const { name: called, topic } = event.target.elements
    const { ok, error } = await connection.request("create_room", { name: called.value, kind: kind.value, topic: topic.value, people: people.value, key })
    busy.value = false
    if (error) { problem.value = error; name.current?.focus(); return }
    close()
    navigate(`/room/${ok.channel.slice(5)}`)
  }
  return html`<${Dialog} title=${t("chat.rooms.add")} onClose=${close}><form class="form" onSubmit=${make}>
    <label>${t("chat.rooms.name")}<input class="field" name="name" ref=${name} maxlength="60" required autocomplete="off" dir="auto" autofocus
      aria-invalid=${problem.value ? "true" : "false"} aria-describedby="room-problem" /></label>
    <p class="error-text" id="room-problem" role="alert">${problem.value && html`<${Icon} name="circle-alert" />${problem.value}`}</p>
    <fieldset class="kinds"><legend class="visually-hidden">${t("chat.rooms.kind")}</legend>${KINDS.map(([one, icon]) => html`<label>
      <input type="radio" name="kind" checked=${kind.value === one} onChange=${() => { kind.value = one }} />
      <${Icon} name=${icon} /><span><b>${t(`chat.rooms.kind.${one}`)}</b><span class="hint">${t(`chat.rooms.kind.${one}.long`)}</span></span></label>`)}</fieldset>
    <label>${t("chat.rooms.topic")} <span class="hint">${t("chat.rooms.optional")}</span><input class="field" name="topic" maxlength="250" autocomplete="off" dir="auto" /></label>
    <div><label for="room-people">${t("chat.rooms.people")} <span class="hint">${t("chat.rooms.optional")}</span></label>
      <${PeopleField} id="room-people" chosen=${people} without=${[me.value?.id ?? 0]} /></div>
    <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("chat.rooms.cancel")}</button>
      <button class="primary" aria-busy=${busy.value ? "true" : "false"}>${t("chat.rooms.make")}</button></div>
  </form><//>`
}

// The forms in the room panel: edit name and topic, invite, leave, archive.
import { Dialog } from "../../../web/static/dialog.js"
import { navigate } from "../../../web/static/router.js"
import { Field, FieldProblem, useForm } from "../../../web/static/form-fields.js"
import { html, Icon } from "../../../web/static/shell.js"
import { useSignal } from "../../../web/static/vendor/preact.js"
import { t } from "../../../web/static/strings.js"
import { PeopleField } from "../../../people/static/people-field.js"

/** @typedef {import("../../../web/static/types").Room} Room */
/** @typedef {(event: string, more: object) => Promise<boolean>} Act sends an event, and shows its error as a notice */
/** @typedef {(event: string, more: object) => Promise<import("../../../web/static/types").Answer>} Send */

/** @param {{ room: Room, send: Send, done: () => void }} props */
export function EditRoom({ room, send, done }) {
  const form = useForm(async ({ name, topic }) => {
    const renamed = name === room.name ? null : await send("rename_room", { name })
    if (renamed?.error) return renamed
    const answer = topic === room.topic ? null : await send("topic", { topic })
    if (answer?.error) return answer
    done()
  }, "room-")
  return html`<form class="form" onSubmit=${form.submit}>
    <${Field} form=${form} name="name" label=${t("chat.rooms.name")} defaultValue=${room.name} maxlength="60" required autofocus />
    <${Field} form=${form} name="topic" label=${t("chat.rooms.topic")} defaultValue=${room.topic} maxlength="250" />
    <${FieldProblem} form=${form} />
    <div class="buttons"><button class="plain" type="button" onClick=${done}>${t("chat.rooms.cancel")}</button><button class="primary">${t("chat.rooms.save")}</button></div>
  </form>`
}

/** @param {{ without: number[], send: Send }} props */
export function Invite({ without, send }) {
  const people = useSignal(/** @type {number[]} */ ([]))
  const form = useForm(async () => {
    if (!people.value.length) return
    const answer = await send("invite", { people: people.value })
    if (answer.error) return answer
    people.value = []
  })
  return html`<form class="form" onSubmit=${form.submit}><div><label for="invite-people">${t("chat.rooms.invite")}</label>
    <${PeopleField} id="invite-people" chosen=${people} without=${without} form=${form} /></div>
    ${people.value.length > 0 && html`<button class="primary">${t("chat.rooms.invite")}</button>`}</form>`
}

/** @param {{ room: Room, manages: boolean, act: Act }} props */
export function Verbs({ room, manages, act }) {
  const confirming = useSignal(/** @type {"" | "leave" | "archive"} */ (""))
  const close = () => { confirming.value = "" }
  async function sure() {
    const what = confirming.value
    close()
    if (what === "archive") await act("archive", { on: true })
    else if (await act("leave", {})) { history.replaceState({}, ""); navigate("/", { replace: true }) }
  }
  if (room.kind === "direct") return null
  const words = confirming.value === "archive" ? t("chat.rooms.archive.sure", { room: room.name })
    : `${t("chat.rooms.leave.sure", { room: room.name })} ${room.kind === "private" ? t("chat.rooms.leave.private", { room: room.name }) : ""}`
  return html`<div class="info-verbs">
    ${manages && room.kind !== "lobby" && (room.archived
      ? html`<button class="plain" type="button" onClick=${() => act("archive", { on: false })}><${Icon} name="archive-restore" />${t("chat.rooms.open")}</button>`
      : html`<button class="plain" type="button" onClick=${() => { confirming.value = "archive" }}><${Icon} name="archive" />${t("chat.rooms.archive")}</button>`)}
    ${room.role !== "" && html`<button class="plain danger" type="button" onClick=${() => { confirming.value = "leave" }}><${Icon} name="log-out" />${t("chat.rooms.leave")}</button>`}
    ${confirming.value && html`<${Dialog} title=${t(`chat.rooms.${confirming.value}`)} onClose=${close}><div class="form"><p>${words}</p>
      <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("chat.rooms.cancel")}</button>
        <button class=${confirming.value === "leave" ? "primary danger" : "primary"} type="button" onClick=${sure}>${t(`chat.rooms.${confirming.value}`)}</button></div></div><//>`}
  </div>`
}

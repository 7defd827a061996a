// The dialog that starts a direct conversation.
import { Dialog } from "../../../web/static/dialog.js"
import * as connection from "../../../web/static/connection.js"
import { navigate } from "../../../web/static/router.js"
import { useForm } from "../../../web/static/form-fields.js"
import { html } from "../../../web/static/shell.js"
import { useSignal } from "../../../web/static/vendor/preact.js"
import { t } from "../../../web/static/strings.js"
import { PeopleField } from "../../../people/static/people-field.js"

/**
 * Open the conversation with these people. Return the error, if there is one.
 * @param {number[]} people @returns {Promise<string>}
 */
export async function openDirect(people) {
  const { ok, error } = await connection.request("open_direct", { people })
  if (error) return error
  navigate(`/room/${ok.channel.slice(5)}`)
  return ""
}

/** @param {{ close: () => void }} props */
export function NewDirect({ close }) {
  const people = useSignal(/** @type {number[]} */ ([]))
  const form = useForm(async () => {
    const error = people.value.length > 9 ? t("chat.direct.most") : await openDirect(people.value)
    if (error) return { error, field: "people" }
    close()
  })
  return html`<${Dialog} title=${t("chat.direct.title")} onClose=${close} variant="tall"><form class="form" onSubmit=${form.submit}>
    <div><label for="direct-people">${t("chat.direct.who")}</label><${PeopleField} id="direct-people" chosen=${people} form=${form} autofocus /></div>
    <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("chat.rooms.cancel")}</button>
      <button class="primary">${people.value.length ? t("chat.direct.open") : t("chat.direct.self")}</button></div>
  </form><//>`
}

// Change the password; other sessions are signed out.
import { send } from "../../web/static/http.js"
import { html } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { t } from "../../web/static/strings.js"
import { FieldProblem, PasswordField, useForm } from "../../web/static/form-fields.js"
import { me } from "./me.js"

export function Password() {
  const form = useForm(async ({ old, password }) => {
    const answer = await send("POST", "/api/password", { old, new: password })
    if (answer.error) return answer
    document.querySelectorAll("#old, #password").forEach(field => { /** @type {HTMLInputElement} */ (field).value = "" })
    toast(t("people.password.done", { n: answer.ok.ended }))
  })
  return html`<form class="form" onSubmit=${form.submit}>
    <input class="visually-hidden" name="username" autocomplete="username" value=${me.value?.handle} readonly tabindex="-1" aria-hidden="true" />
    <${PasswordField} form=${form} name="old" label=${t("people.password.old")} />
    <${PasswordField} form=${form} name="password" label=${t("people.password.new")} hint=${t("people.join.password.hint")} fresh />
    <${FieldProblem} form=${form} />
    <div class="buttons"><button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t("people.password.change")}</button></div>
  </form>`
}

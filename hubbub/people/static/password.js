// Change the password; other sessions are signed out.
import { send } from "../../web/static/http.js"
import { html } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { t } from "../../web/static/strings.js"
import { PasswordField, Problem, useForm } from "./form-fields.js"
import { me } from "./me.js"

export function Password() {
  const { problem, busy, submit } = useForm(async fields => {
    const { ok, error } = await send("POST", "/api/password", { old: fields.old, new: fields.new })
    if (error) return error
    document.querySelectorAll("#old, #new").forEach(field => { /** @type {HTMLInputElement} */ (field).value = "" })
    toast(t("people.password.done", { n: ok.ended }))
    return ""
  })
  return html`<form class="form" onSubmit=${submit}>
    <input class="visually-hidden" name="username" autocomplete="username" value=${me.value?.handle} readonly tabindex="-1" aria-hidden="true" />
    <${PasswordField} name="old" label=${t("people.password.old")} />
    <${PasswordField} name="new" label=${t("people.password.new")} hint=${t("people.join.password.hint")} fresh />
    <${Problem} words=${problem.value} />
    <div class="buttons"><button class="primary" aria-busy=${busy.value ? "true" : "false"}>${t("people.password.change")}</button></div>
  </form>`
}

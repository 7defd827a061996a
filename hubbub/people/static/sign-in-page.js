// Sign in with handle and password, then go to the requested address.
import { send } from "../../web/static/http.js"
import { path } from "../../web/static/router.js"
import { boot, html, url, workspace } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { Field, FieldProblem, PasswordField, useForm } from "../../web/static/form-fields.js"
import { EntryPage } from "./join-page.js"

export function SignIn() {
  const form = useForm(async ({ handle, password }) => {
    const answer = await send("POST", "/api/sign-in", { handle: handle.trim(), password })
    if (answer.error) return answer
    location.assign(url(path.value.startsWith("/sign-in") ? "/" : path.value))
  })
  return html`<${EntryPage} title=${t("people.sign.title", { name: workspace.value.name })}>
    <form class="form" onSubmit=${form.submit}>
      <${Field} form=${form} name="handle" label=${t("people.join.handle")} required maxlength="40" autocomplete="username" autocapitalize="off" spellcheck="false" autofocus />
      <${PasswordField} form=${form} name="password" label=${t("people.join.password")} />
      <${FieldProblem} form=${form} />
      <button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t("people.sign.in")}</button>
    </form>
    <p class="hint">${t("people.sign.forgot")}</p>
    ${boot.guests && html`<a class="plain" href="/">${t("people.sign.guest")}</a>`}<//>`
}

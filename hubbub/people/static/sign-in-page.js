// Sign in with handle and password, then go to the requested address.
import { send } from "../../web/static/http.js"
import { path } from "../../web/static/router.js"
import { boot, html, url } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { Field, PasswordField, Problem, useForm } from "./form-fields.js"
import { EntryPage } from "./join-page.js"

export function SignIn() {
  const { problem, busy, submit } = useForm(async ({ handle, password }) => {
    const { error } = await send("POST", "/api/sign-in", { handle: handle.trim(), password })
    if (error) return error
    location.assign(url(path.value.startsWith("/sign-in") ? "/" : path.value))
    return ""
  })
  return html`<${EntryPage} title=${t("people.sign.title")}>
    <form class="form" onSubmit=${submit}>
      <${Field} name="handle" label=${t("people.join.handle")} required maxlength="40" autocomplete="username" autocapitalize="off" spellcheck="false" autofocus />
      <${PasswordField} name="password" label=${t("people.join.password")} />
      <${Problem} words=${problem.value} />
      <button class="primary" aria-busy=${busy.value ? "true" : "false"}>${t("people.sign.in")}</button>
    </form>
    <p class="hint">${t("people.sign.forgot")}</p>
    ${boot.guests && html`<a class="plain" href="/">${t("people.sign.guest")}</a>`}<//>`
}

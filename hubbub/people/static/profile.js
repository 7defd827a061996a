// My profile: name, handle, status, picture.
import { readAnswer, send } from "../../web/static/http.js"
import { html, Icon, url } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "./avatar.js"
import { cropToSquare } from "./crop.js"
import { Field, FieldProblem, Problem, useForm } from "../../web/static/form-fields.js"
import { setMe, me } from "./me.js"

function Picture() {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null)), problem = useSignal(""), busy = useSignal(false)
  /** @param {Promise<import("../../web/static/types").Answer>} request */
  async function save(request) {
    busy.value = true
    const { ok, error } = await request
    busy.value = false
    problem.value = error ?? ""
    if (ok) setMe(ok)
  }
  /** @param {any} event */
  async function choose(event) {
    const [file] = event.target.files
    event.target.value = ""
    if (!file) return
    const body = await cropToSquare(file).catch(() => file)
    save(readAnswer(fetch(url("/api/me/avatar"), { method: "PUT", body })))
  }
  return html`<div class="picture"><${Avatar} id=${me.value?.id ?? 0} large />
    <div><input class="visually-hidden" id="avatar" type="file" accept="image/*" ref=${input} tabindex="-1" aria-label=${t("people.profile.picture.choose")} onChange=${choose} />
      <button class="plain" type="button" aria-busy=${busy.value ? "true" : "false"} onClick=${() => input.current?.click()}><${Icon} name="camera" />${t("people.profile.picture.choose")}</button>
      ${me.value?.avatar && html`<button class="plain" type="button" onClick=${() => save(send("DELETE", "/api/me/avatar"))}>${t("people.profile.picture.remove")}</button>`}
      <p class="hint">${t("people.profile.picture.hint")}</p><${Problem} words=${problem.value} /></div></div>`
}

export function Profile() {
  const who = me.value
  const form = useForm(async fields => {
    const answer = await send("PATCH", "/api/me", fields)
    if (answer.error) return answer
    setMe(answer.ok)
    toast(t("people.settings.saved"))
  })
  return html`<${Picture} /><form class="form" onSubmit=${form.submit}>
    <${Field} form=${form} name="name" label=${t("people.join.name")} required maxlength="40" autocomplete="nickname" defaultValue=${who?.name} />
    <${Field} form=${form} name="handle" label=${t("people.join.handle")} hint=${t("people.join.handle.hint", { handle: who?.handle ?? "" })} required maxlength="32" autocapitalize="off" spellcheck="false" defaultValue=${who?.handle} />
    <${Field} form=${form} name="status" label=${t("people.profile.status")} hint=${t("people.profile.status.hint")} maxlength="100" autocomplete="off" defaultValue=${who?.status} />
    <${FieldProblem} form=${form} />
    <div class="buttons"><button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t("people.settings.save")}</button></div>
  </form>`
}

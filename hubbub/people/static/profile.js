// My profile: name, handle, status, picture.
import { readAnswer, send } from "../../web/static/http.js"
import { html, Icon, url } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "./avatar.js"
import { Field, Problem, useForm } from "./form-fields.js"
import { setMe, me } from "./me.js"

const MAX_EDGE = 512

/** Crop a picture to its middle square, at most as large as it is shown. @param {File} file @returns {Promise<Blob>} */
async function cropToSquare(file) {
  const picture = await createImageBitmap(file)
  const side = Math.min(picture.width, picture.height), edge = Math.min(MAX_EDGE, side)
  const canvas = Object.assign(document.createElement("canvas"), { width: edge, height: edge })
  canvas.getContext("2d")?.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, edge, edge)
  return new Promise((done, fail) => canvas.toBlob(blob => blob ? done(blob) : fail(new Error("no picture")), "image/png"))
}

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
  const { problem, busy, submit } = useForm(async fields => {
    const { ok, error } = await send("PATCH", "/api/me", fields)
    if (error) return error
    setMe(ok)
    toast(t("people.settings.saved"))
    return ""
  })
  return html`<${Picture} /><form class="form" onSubmit=${submit}>
    <${Field} name="name" label=${t("people.join.name")} required maxlength="40" autocomplete="nickname" defaultValue=${who?.name} />
    <${Field} name="handle" label=${t("people.join.handle")} hint=${t("people.join.handle.hint", { handle: who?.handle ?? "" })} required maxlength="32" autocapitalize="off" spellcheck="false" defaultValue=${who?.handle} />
    <${Field} name="status" label=${t("people.profile.status")} hint=${t("people.profile.status.hint")} maxlength="100" autocomplete="off" defaultValue=${who?.status} />
    <${Problem} words=${problem.value} />
    <div class="buttons"><button class="primary" aria-busy=${busy.value ? "true" : "false"}>${t("people.settings.save")}</button></div>
  </form>`
}

// Settings of the server: its name and icon, which owners choose, whether guests may come in, and where new people begin.
import { Field, FieldProblem, Problem, useForm } from "../../web/static/form-fields.js"
import { get, readAnswer, send } from "../../web/static/http.js"
import { html, Icon, url } from "../../web/static/shell.js"
import { setWorkspace, workspace } from "../../web/static/boot.js"
import { toast } from "../../web/static/toast.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { cropToSquare } from "./crop.js"
import { me } from "./me.js"

/** @typedef {{ guests: boolean, name: string, icon: string, rooms: number[] }} Settings */
/** @typedef {import("../../web/static/vendor/preact.js").Signal<Settings | null>} Current */

/** Show changed settings here and in the sidebar. @param {Current} current @param {Settings} settings */
function show(current, settings) {
  current.value = settings
  setWorkspace({ name: settings.name, icon: settings.icon && `/icon/${settings.icon}` })
}

/** @param {{ current: Current }} props */
function WorkspaceIcon({ current }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null)), problem = useSignal("")
  /** @param {Promise<import("../../web/static/types").Answer>} request */
  async function save(request) {
    const { ok, error } = await request
    problem.value = error ?? ""
    if (ok) show(current, ok)
  }
  /** @param {any} event */
  async function choose(event) {
    const [file] = event.target.files
    event.target.value = ""
    if (file) save(readAnswer(fetch(url("/api/settings/icon"), { method: "PUT", body: await cropToSquare(file).catch(() => file) })))
  }
  const icon = current.value?.icon
  return html`<div class="picture"><img class="workspace-icon" src=${workspace.value.icon} alt="" />
    <div><input class="visually-hidden" id="icon" type="file" accept="image/*" ref=${input} tabindex="-1" aria-label=${t("people.server.icon.choose")} onChange=${choose} />
      <button class="plain" type="button" onClick=${() => input.current?.click()}><${Icon} name="camera" />${t("people.server.icon.choose")}</button>
      ${icon && html`<button class="plain" type="button" onClick=${() => save(send("DELETE", "/api/settings/icon"))}>${t("people.profile.picture.remove")}</button>`}
      <p class="hint">${t("people.profile.picture.hint")}</p><${Problem} words=${problem.value} /></div></div>`
}

/** @param {{ current: Current }} props */
function WorkspaceName({ current }) {
  const form = useForm(async ({ name }) => {
    const answer = await send("PATCH", "/api/settings", { name })
    if (answer.error) return answer
    show(current, answer.ok)
    toast(t("people.settings.saved"))
  })
  return html`<form class="form" onSubmit=${form.submit}>
    <${Field} form=${form} name="name" label=${t("people.server.name")} hint=${t("people.server.name.why")} required maxlength="40" autocomplete="organization" defaultValue=${current.value?.name} />
    <${FieldProblem} form=${form} /><div class="buttons"><button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t("people.settings.save")}</button></div></form>`
}

/** The rooms that new people join: those that anybody may. @param {{ current: Current }} props */
function FirstRooms({ current }) {
  const rooms = useSignal(/** @type {Array<{ channel: string, name: string, kind: string, topic: string, archived: boolean }>} */ ([]))
  useEffect(() => { get("/api/rooms?limit=100").then(({ ok }) => { if (ok) rooms.value = ok.filter((/** @type {any} */ { kind, archived }) => !archived && (kind === "public" || kind === "announcement")) }) }, [])
  const chosen = new Set(current.value?.rooms)
  /** @param {any} event */
  async function change({ target }) {
    const before = current.value, id = Number(target.value), rooms = target.checked ? [...chosen, id] : [...chosen].filter(one => one !== id)
    current.value = /** @type {Settings} */ ({ ...before, rooms }) // at once, so that the next click adds to it
    const { error } = await send("PATCH", "/api/settings", { rooms })
    if (error) { current.value = before; toast(error, { danger: true }) }
  }
  if (!rooms.value.length) return null
  return html`<fieldset class="first-rooms" aria-describedby="first-rooms-hint"><legend>${t("people.server.rooms")}</legend><p class="hint" id="first-rooms-hint">${t("people.server.rooms.why")}</p>
    <ul>${rooms.value.map(({ channel, name, kind }) => html`<li key=${channel}><label class="check"><input type="checkbox" value=${channel.slice(5)} checked=${chosen.has(Number(channel.slice(5)))} onChange=${change} />
      <${Icon} name=${kind === "announcement" ? "megaphone" : "hash"} /><span dir="auto">${name}</span></label></li>`)}</ul></fieldset>`
}

export function ServerSettings() {
  const current = useSignal(/** @type {Settings | null} */ (null))
  useEffect(() => { get("/api/settings").then(({ ok }) => { if (ok) current.value = ok }) }, [])
  /** @param {any} event */
  async function change(event) {
    const { ok, error } = await send("PATCH", "/api/settings", { guests: event.target.checked })
    if (ok) current.value = ok
    else { event.target.checked = current.value?.guests; toast(error ?? "", { danger: true }) }
  }
  return html`${me.value?.role === "owner" && current.value && html`<${WorkspaceIcon} current=${current} /><${WorkspaceName} current=${current} />`}
    <div class="form"><label class="check"><input type="checkbox" checked=${current.value?.guests === true} disabled=${current.value === null} onChange=${change} /> ${t("people.server.guests")}</label>
    <p class="hint">${t("people.server.guests.why")}</p></div>
    ${current.value && html`<${FirstRooms} current=${current} />`}`
}

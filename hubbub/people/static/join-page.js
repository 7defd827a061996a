// The page behind a link: claim the server, accept an invite, or set a new password.
import { send } from "../../web/static/http.js"
import { boot, html, url, workspace } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { fold, t } from "../../web/static/strings.js"
import { Field, FieldProblem, PasswordField, Problem, useForm } from "../../web/static/form-fields.js"
import { ShareLink } from "./share-link.js"

/** @typedef {{ role: string, owner: boolean, reset: boolean, by: import("../../web/static/types").Person | null, room: string | null, channel?: string | null, account?: import("../../web/static/types").Person | null }} Invitation */

/** Suggest a handle for a name. @param {string} name */
export function handleOf(name) {
  return fold(name).replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 32)
}

/** @param {{ door: Invitation, secret: string, done: (answer: any) => void }} props */
function Form({ door, secret, done }) {
  const name = useSignal(boot.me?.name ?? ""), handle = useSignal(""), handleEdited = useSignal(false)
  const form = useForm(async fields => {
    const answer = await send("POST", "/api/join", { ...fields, ...(secret && { secret }) })
    if (answer.error) return answer
    done(answer.ok)
  })
  const suggested = handleEdited.value ? handle.value : handleOf(name.value)
  return html`<form class="form" onSubmit=${form.submit}>
    ${!door.reset && html`
      <${Field} form=${form} name="name" label=${t("people.join.name")} required maxlength="40" autocomplete="name" autofocus value=${name.value}
        onInput=${(/** @type {any} */ event) => { name.value = event.target.value }} />
      <${Field} form=${form} name="handle" label=${t("people.join.handle")} hint=${t("people.join.handle.hint", { handle: suggested || "ann" })} required maxlength="32" autocomplete="username" autocapitalize="off" spellcheck="false"
        value=${suggested} onInput=${(/** @type {any} */ event) => { handle.value = event.target.value; handleEdited.value = true }} />`}
    <${PasswordField} form=${form} name="password" label=${t("people.join.password")} hint=${t("people.join.password.hint")} fresh />
    <${FieldProblem} form=${form} />
    <button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t(door.account ? "people.join.claim.save" : door.reset ? "people.join.save" : door.owner ? "people.join.make" : "people.join.in")}</button>
  </form>`
}

/** @param {{ title: string, why?: string, children?: any }} props */
export function EntryPage({ title, why = "", children }) {
  useEffect(() => { document.title = `${title} · ${workspace.value.name}` }, [title])
  return html`<main class="page door" id="main"><p class="workspace"><img src=${workspace.value.icon} alt="" /><b dir="auto">${workspace.value.name}</b></p><h1>${title}</h1>${why && html`<p>${why}</p>`}${children}</main>`
}

/** @param {string | null} [channel] the room in which to start */
function enter(channel) { location.assign(url(channel ? `/room/${channel.slice(5)}` : "/")) }

/** For someone with an account here: join the room of the invite. @param {{ door: Invitation, secret: string }} props */
function Accept({ door: { room, by }, secret }) {
  const problem = useSignal("")
  async function accept() {
    const { ok, error } = await send("POST", "/api/invites/accept", { secret })
    if (error) problem.value = error
    else enter(ok.channel)
  }
  const why = room ? t("people.join.room.by", { name: by?.name ?? workspace.value.name, room, me: boot.me?.name ?? "" }) : t("people.join.here", { me: boot.me?.name ?? "" })
  return html`<${EntryPage} title=${room ? t("people.join.room", { room }) : t("people.join.here.title")} why=${why}><${Problem} words=${problem.value} />
    <div class="buttons">${room && html`<button class="primary" type="button" onClick=${accept}>${t("people.join.room", { room })}</button>`}
      <a class=${room ? "plain" : "primary"} href="/">${t("people.join.go")}</a></div><//>`
}

export function Join() {
  const secret = location.hash.slice(1)
  const door = useSignal(/** @type {Invitation | null} */ (boot.setup && !secret ? { role: "owner", owner: true, reset: false, by: null, room: null } : null))
  const problemText = useSignal(""), invite = useSignal(/** @type {any} */ (null))
  useEffect(() => {
    if (door.value) return
    if (!secret) { problemText.value = t("people.join.void.why"); return }
    send("POST", "/api/invites/check", { secret }).then(({ ok, error }) => {
      if (error) problemText.value = error
      else door.value = ok
    })
  }, [])
  if (invite.value) return html`<${EntryPage} title=${t("people.join.done")} why=${t("people.join.done.why")}>
    <${ShareLink} ...${invite.value} label=${t("people.settings.invites")} /><button class="primary" type="button" onClick=${() => enter()}>${t("people.join.go")}</button><//>`
  if (problemText.value) return html`<${EntryPage} title=${t("people.join.void")} why=${problemText.value}><p>${t("people.join.void.why")}</p><a class="plain" href="/sign-in">${t("people.sign.in")}</a><//>`
  if (!door.value) return html`<${EntryPage} title="…" />`
  const { owner, reset, by, room, account } = door.value
  if (boot.me && boot.me.role !== "guest" && !owner && !reset) return html`<${Accept} door=${door.value} secret=${secret} />`
  const title = account ? t("people.join.claim", { name: account.name }) : t(owner ? "people.join.setup" : reset ? "people.join.reset" : "people.join.invite", { name: workspace.value.name })
  const why = account ? t("people.join.claim.why", { handle: account.handle ?? "" }) : owner ? t("people.join.setup.why") : reset ? t("people.join.reset.why") : [by && t("people.join.invite.by", { name: by.name }), room && t("people.join.invite.room", { room })].filter(Boolean).join(" ")
  return html`<${EntryPage} title=${title} why=${why}>
    <${Form} door=${door.value} secret=${secret} done=${(/** @type {any} */ answer) => { if (answer.invite?.url) invite.value = answer.invite; else enter(answer.channel) }} /><//>`
}

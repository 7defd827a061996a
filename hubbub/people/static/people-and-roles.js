// All people with their roles, and what an admin can do.
import { Dialog } from "../../web/static/dialog.js"
import { send } from "../../web/static/http.js"
import { Menu } from "../../web/static/menu.js"
import { html } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "./avatar.js"
import { findPeople, updatePerson, person } from "./directory.js"
import { ShareLink } from "./share-link.js"
import { me } from "./me.js"

/** @typedef {import("../../web/static/types").Person} Person */

/** @param {{ id: number, offer: (what: { kind: string, id: number, link?: any }) => void }} props */
function Row({ id, offer }) {
  const who = person(id), mine = me.value, above = who.role === "owner" && mine?.role !== "owner"
  /** @param {string} method @param {string} address @param {object} [body] */
  async function act(method, address, body) {
    const { ok, error } = await send(method, address, body)
    if (error) toast(error, { danger: true })
    else if (ok?.id) updatePerson(ok)
    return ok
  }
  const roles = mine?.role === "owner" ? ["owner", "admin", "member", "guest"] : ["admin", "member", "guest"]
  const reset = async () => { const link = await act("POST", `/api/people/${id}/reset`); if (link) offer({ kind: "reset", id, link }) }
  return html`<li><${Avatar} id=${id} small /><span class="label"><b dir="auto">${who.name}</b><small dir="auto">@${who.handle}${who.banned ? ` · ${t("people.roles.banned")}` : ""}</small></span>
    ${above || who.banned ? html`<small>${t(`people.role.${who.role}`)}</small>` : html`<select class="field" aria-label=${t("people.roles.change", { name: who.name })} value=${who.role}
      onChange=${async (/** @type {any} */ event) => { const ok = await act("PATCH", `/api/people/${id}`, { role: event.target.value }); if (!ok) event.target.value = who.role }}>
      ${[...new Set([...roles, who.role])].map(one => html`<option value=${one} selected=${one === who.role}>${t(`people.role.${one}`)}</option>`)}</select>`}
    ${!above && id !== mine?.id && html`<${Menu} label=${t("people.roles.change", { name: who.name })} items=${[
      { icon: "key-round", label: t("people.roles.reset"), act: reset },
      who.banned ? { icon: "rotate-ccw", label: t("people.roles.unban"), act: () => act("POST", `/api/people/${id}/unban`, {}) }
        : { icon: "ban", label: t("people.roles.ban"), danger: true, act: () => offer({ kind: "ban", id }) }]} />`}</li>`
}

export function Roles() {
  const word = useSignal(""), ids = useSignal(/** @type {number[]} */ ([])), opened = useSignal(/** @type {any} */ (null))
  useLoad(() => {
    let stale = false
    findPeople(word.value, { banned: true }).then(found => { if (!stale) ids.value = found.map(({ id }) => id) })
    return () => { stale = true }
  }, [word.value])
  const close = () => { opened.value = null }
  const dialog = opened.value, name = dialog ? person(dialog.id).name : ""
  async function ban() {
    const { ok, error } = await send("POST", `/api/people/${dialog.id}/ban`, {})
    close()
    if (error) toast(error, { danger: true })
    else updatePerson(ok)
  }
  return html`<input class="field" type="search" aria-label=${t("people.find")} placeholder=${t("people.find")} value=${word.value} onInput=${(/** @type {any} */ event) => { word.value = event.target.value }} />
    <ul class="server-list roles">${ids.value.map(id => html`<${Row} key=${id} id=${id} offer=${(/** @type {any} */ what) => { opened.value = what }} />`)}</ul>
    ${dialog?.kind === "ban" && html`<${Dialog} title=${t("people.roles.ban")} onClose=${close}><div class="form"><p>${t("people.roles.ban.sure", { name })}</p>
      <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("people.name.cancel")}</button><button class="primary danger" type="button" onClick=${ban}>${t("people.roles.ban")}</button></div></div><//>`}
    ${dialog?.kind === "reset" && html`<${Dialog} title=${t("people.roles.reset")} onClose=${close}><p>${t("people.roles.reset.why", { name })}</p><${ShareLink} ...${dialog.link} label=${t("people.roles.reset")} /><//>`}`
}

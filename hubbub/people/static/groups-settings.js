// Groups of people, for admins: create, rename, choose the members, delete.
import { Dialog } from "../../web/static/dialog.js"
import { Field, FieldProblem, Problem, useForm } from "../../web/static/form-fields.js"
import { send } from "../../web/static/http.js"
import { Menu } from "../../web/static/menu.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { person } from "./directory.js"
import { PeopleField } from "./people-field.js"
import { useServerList } from "./use-server-list.js"

/** @typedef {import("./groups.js").Group} Group */

const NAMED = 4 // members whose names a row shows

/** @param {{ group?: Group, close: () => void, saved: () => void }} props */
function GroupDialog({ group, close, saved }) {
  const people = useSignal(group?.members ?? [])
  const form = useForm(async ({ name, handle }) => {
    const answer = await send(group ? "PATCH" : "POST", group ? `/api/groups/${group.id}` : "/api/groups", { name, handle, people: people.value })
    if (answer.error) return answer
    saved()
    close()
  }, "group-")
  return html`<${Dialog} title=${t(group ? "people.groups.edit" : "people.groups.add")} onClose=${close} variant="tall"><form class="form" onSubmit=${form.submit}>
    <${Field} form=${form} name="name" label=${t("people.groups.name")} required maxlength="40" autocomplete="off" defaultValue=${group?.name} autofocus />
    <${Field} form=${form} name="handle" label=${t("people.groups.handle")} hint=${t("people.groups.handle.hint")} required maxlength="33" autocomplete="off" autocapitalize="off" spellcheck="false" defaultValue=${group?.handle} />
    <div class="labelled"><label for="group-people">${t("people.groups.people")}</label><${PeopleField} id="group-people" chosen=${people} form=${form} /></div>
    <${FieldProblem} form=${form} />
    <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("people.name.cancel")}</button>
      <button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t(group ? "people.settings.save" : "people.groups.add")}</button></div></form><//>`
}

/** @param {{ group: Group, edit: () => void, remove: () => void }} props */
function Row({ group, edit, remove }) {
  const { name, handle, members } = group, names = members.slice(0, NAMED).map(id => person(id).name).filter(Boolean).join(", ")
  const rest = members.length - NAMED
  return html`<li><${Icon} name="users" /><span class="label"><b dir="auto">${name}</b>
      <small dir="auto">@${handle} · ${members.length ? names : t("people.groups.members", { n: 0 })}${rest > 0 && ` ${t("people.groups.more", { n: rest })}`}</small></span>
    <button class="plain" type="button" aria-label=${`${t("people.groups.edit")}: ${name}`} onClick=${edit}>${t("people.groups.change")}</button>
    <${Menu} label=${name} items=${[{ icon: "trash-2", label: t("people.groups.delete"), danger: true, act: remove }]} /></li>`
}

export function Groups() {
  const { list, problem, load, act } = useServerList("/api/groups"), opened = useSignal(/** @type {{ group?: Group, asks?: boolean } | null} */ (null))
  const close = () => { opened.value = null }, { group, asks } = opened.value ?? {}
  return html`<p>${t("people.groups.why")}</p>
    <div class="buttons"><button class="primary" type="button" onClick=${() => { opened.value = {} }}><${Icon} name="plus" />${t("people.groups.add")}</button></div>
    <${Problem} words=${problem.value} />
    <ul class="server-list">${(list.value ?? []).map(one => html`<${Row} key=${one.id} group=${one} edit=${() => { opened.value = { group: one } }} remove=${() => { opened.value = { group: one, asks: true } }} />`)}</ul>
    ${list.value?.length === 0 && html`<p class="hint">${t("people.groups.none")}</p>`}
    ${opened.value && !asks && html`<${GroupDialog} group=${group} close=${close} saved=${load} />`}
    ${asks && group && html`<${Dialog} title=${t("people.groups.delete")} onClose=${close}><div class="form"><p>${t("people.groups.delete.sure", { name: group.name })}</p>
      <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("people.name.cancel")}</button>
        <button class="primary danger" type="button" onClick=${() => { close(); act("DELETE", `/api/groups/${group.id}`) }}>${t("people.groups.delete")}</button></div></div><//>`}`
}

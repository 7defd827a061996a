// On-call lists: who is on call now, taking over for a while, and for admins the steps of each list.
import { Dialog } from "../../web/static/dialog.js"
import { Field, FieldProblem, Problem, useForm } from "../../web/static/form-fields.js"
import { send } from "../../web/static/http.js"
import { Menu } from "../../web/static/menu.js"
import { html, Icon } from "../../web/static/shell.js"
import { fieldOf, sinceOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { signal, useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { Avatar } from "./avatar.js"
import { person } from "./directory.js"
import { loadGroups } from "./groups.js"
import { me } from "./me.js"
import { StepsDialog } from "./oncall-steps.js"
import { useServerList } from "./use-server-list.js"

/** @typedef {import("./oncall-steps.js").List} List */

/** @type {import("../../web/static/vendor/preact.js").Signal<Map<number, string>>} */
const groupNames = signal(new Map())
/** @param {number[]} who */
const namesOf = who => who.map(id => id < 0 ? `@${groupNames.value.get(-id) ?? "…"}` : person(id).name || "…").join(", ")

/** @param {string} local */
const momentFrom = local => new Date(local).getTime() / 1000

/** @param {{ list: List, close: () => void, saved: () => void }} props */
function TakeOver({ list, close, saved }) {
  const now = Date.now() / 1000
  const form = useForm(async ({ since, until }) => {
    const answer = await send("POST", `/api/on-call/${list.group}/overrides`, { since: momentFrom(since), until: momentFrom(until) })
    if (answer.error) return answer
    saved()
    close()
  }, "takeover-")
  return html`<${Dialog} title=${t("people.oncall.take_over.title", { name: list.name })} onClose=${close}><form class="form" onSubmit=${form.submit}>
    <${Field} form=${form} name="since" type="datetime-local" label=${t("people.oncall.take_over.since")} required defaultValue=${fieldOf(now)} />
    <${Field} form=${form} name="until" type="datetime-local" label=${t("people.oncall.take_over.until")} required defaultValue=${fieldOf(now + 24 * 3600)} autofocus />
    <${FieldProblem} form=${form} />
    <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("people.name.cancel")}</button>
      <button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t("people.oncall.take_over")}</button></div></form><//>`
}

/** @param {{ list: List, admin: boolean, open: (dialog: string) => void, act: (method: string, address: string) => void }} props */
function Row({ list, admin, open, act }) {
  const { name, handle, now, until, plan, overrides } = list, myself = me.value?.id
  const menu = [{ icon: "pencil", label: t("people.oncall.edit"), act: () => open("edit") }, { icon: "trash-2", label: t("people.oncall.delete"), danger: true, act: () => open("delete") }]
  return html`<li class="oncall"><div class="oncall-head"><${Icon} name="bell" /><span class="label"><b dir="auto">${name}</b><small>@${handle}</small></span>
      <button class="plain" type="button" aria-label=${`${t("people.oncall.take_over")}: ${name}`} onClick=${() => open("take_over")}>${t("people.oncall.take_over")}</button>
      ${admin && html`<${Menu} label=${name} items=${menu} />`}</div>
    <p class="oncall-now"><span>${t("people.oncall.now")}</span>${now.map(id => html`<span class="chip" key=${id}><${Avatar} id=${id} small /><span dir="auto">${person(id).name || "…"}</span></span>`)}
      ${!now.length && html`<b>${t("people.oncall.nobody")}</b>`}${until && html`<small>${t("people.oncall.until", { when: sinceOf(until) })}</small>`}</p>
    <ol class="oncall-steps">${plan.steps.map(({ who, minutes, rotation }) => html`<li><span dir="auto">${namesOf(who)}</span><small>${rotation && `${t("people.oncall.turns")} · `}${t("people.oncall.minutes.short", { n: minutes })}</small></li>`)}
      <li class="hint">${t(`people.oncall.end.${plan.end}`)}</li></ol>
    ${overrides.map(one => html`<p class="hint" key=${one.id}>${t("people.oncall.override", { name: person(one.person).name, since: sinceOf(one.since), until: sinceOf(one.until) })}
      ${(admin || one.person === myself) && html` <button class="link" type="button" onClick=${() => act("DELETE", `/api/on-call/overrides/${one.id}`)}>${t("people.oncall.give_back")}</button>`}</p>`)}</li>`
}

export function OnCall() {
  const { list, problem, load, act } = useServerList("/api/on-call"), opened = useSignal(/** @type {{ dialog: string, list?: List } | null} */ (null))
  const admin = ["owner", "admin"].includes(me.value?.role ?? ""), close = () => { opened.value = null }, { dialog, list: chosen } = opened.value ?? {}
  useEffect(() => { loadGroups().then(all => { groupNames.value = new Map(all.map(({ id, handle }) => [id, handle])) }) }, [list.value])
  return html`<p>${t("people.oncall.why")}</p>
    ${admin && html`<div class="buttons"><button class="primary" type="button" onClick=${() => { opened.value = { dialog: "edit" } }}><${Icon} name="plus" />${t("people.oncall.add")}</button></div>`}
    <${Problem} words=${problem.value} />
    <ul class="server-list">${(list.value ?? []).map(one => html`<${Row} key=${one.group} list=${one} admin=${admin} act=${act} open=${(/** @type {string} */ name) => { opened.value = { dialog: name, list: one } }} />`)}</ul>
    ${list.value?.length === 0 && html`<p class="hint">${t("people.oncall.none")}</p>`}
    ${dialog === "edit" && html`<${StepsDialog} list=${chosen} taken=${(list.value ?? []).map(({ group }) => group)} close=${close} saved=${load} />`}
    ${dialog === "take_over" && chosen && html`<${TakeOver} list=${chosen} close=${close} saved=${load} />`}
    ${dialog === "delete" && chosen && html`<${Dialog} title=${t("people.oncall.delete")} onClose=${close}><div class="form"><p>${t("people.oncall.delete.sure", { handle: chosen.handle })}</p>
      <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("people.name.cancel")}</button>
        <button class="primary danger" type="button" onClick=${() => { close(); act("DELETE", `/api/on-call/${chosen.group}`) }}>${t("people.oncall.delete")}</button></div></div><//>`}`
}

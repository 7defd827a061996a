// The steps of an on-call list: who is asked in each, for how long, and whether they take turns.
import { Dialog } from "../../web/static/dialog.js"
import { FieldProblem, useForm } from "../../web/static/form-fields.js"
import { send } from "../../web/static/http.js"
import { dateFormat } from "../../web/static/dates.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { signal, useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { loadGroups } from "./groups.js"
import { PeopleField } from "./people-field.js"

/** @typedef {{ who: number[], minutes: number, rotation?: { weekday: number, time: string, zone: string } | null }} OneStep */
/** @typedef {{ group: number, handle: string, name: string, now: number[], until: number | null, plan: { steps: OneStep[], end: "stop" | "again" | "everybody" }, overrides: { id: number, person: number, since: number, until: number }[] }} List */
/** @typedef {{ id: number, who: import("../../web/static/vendor/preact.js").Signal<number[]>, step: OneStep }} Edited */

const MONDAY = Date.UTC(2024, 0, 1, 12) / 1000, DAY = 24 * 3600
const weekday = dateFormat({ weekday: "long" }), zone = Intl.DateTimeFormat().resolvedOptions().timeZone
let made = 0

/** @param {OneStep} [step] @returns {Edited} */
const edited = (step = { who: [], minutes: 5 }) => ({ id: made++, who: signal(step.who), step })

/** @param {{ one: Edited, n: number, form: any, change: (part: Partial<OneStep>) => void, remove?: () => void }} props */
function Step({ one, n, form, change, remove }) {
  const { minutes, rotation } = one.step, id = `oncall-step-${one.id}`
  return html`<fieldset class="oncall-step"><legend>${t("people.oncall.step", { n })}</legend>
    ${remove && html`<button class="ghost" type="button" aria-label=${t("people.oncall.step.remove", { n })} title=${t("people.oncall.step.remove", { n })} onClick=${remove}><${Icon} name="x" /></button>`}
    <div class="labelled"><label for=${id}>${t("people.oncall.who")}</label><${PeopleField} id=${id} chosen=${one.who} form=${form} /></div>
    <label class="labelled">${t("people.oncall.minutes")}<input class="field" type="number" min="1" max="1440" required value=${minutes} onChange=${(/** @type {any} */ event) => change({ minutes: Number(event.target.value) })} /></label>
    <label class="check"><input type="checkbox" checked=${Boolean(rotation)} onChange=${() => change({ rotation: rotation ? null : { weekday: 0, time: "09:00", zone } })} /> ${t("people.oncall.rotates")}</label>
    ${rotation && html`<div class="oncall-turn"><select class="field" aria-label=${t("people.oncall.hand_over")} value=${rotation.weekday} onChange=${(/** @type {any} */ event) => change({ rotation: { ...rotation, weekday: Number(event.target.value) } })}>
        ${[0, 1, 2, 3, 4, 5, 6].map(day => html`<option value=${day}>${weekday().format((MONDAY + day * DAY) * 1000)}</option>`)}</select>
      <input class="field" type="time" required aria-label=${t("people.oncall.hand_over.time")} value=${rotation.time} onChange=${(/** @type {any} */ event) => change({ rotation: { ...rotation, time: event.target.value } })} />
      <span class="hint">${rotation.zone.replaceAll("_", " ")}</span></div>`}</fieldset>`
}

/** @param {{ list?: List, taken: number[], close: () => void, saved: () => void }} props */
export function StepsDialog({ list, taken, close, saved }) {
  const steps = useSignal((list?.plan.steps ?? [undefined]).map(edited)), groups = useSignal(/** @type {import("./groups.js").Group[]} */ ([]))
  useEffect(() => { loadGroups(true).then(all => { groups.value = all.filter(({ id }) => !taken.includes(id)) }) }, [])
  const form = useForm(async ({ group, end }) => {
    const plan = { end, steps: steps.value.map(({ who, step }) => ({ ...step, who: who.value })) }
    const answer = await send("PUT", `/api/on-call/${list?.group ?? group}`, { plan })
    if (answer.error) return answer
    saved()
    close()
  }, "oncall-")
  return html`<${Dialog} title=${t(list ? "people.oncall.edit" : "people.oncall.add")} onClose=${close} variant="tall"><form class="form" onSubmit=${form.submit}>
    ${!list && html`<label class="labelled">${t("people.oncall.group")}<select class="field" name="group" required>
      <option value="">${t("people.oncall.group.choose")}</option>${groups.value.map(({ id, name, handle }) => html`<option key=${id} value=${id}>${name} (@${handle})</option>`)}</select></label><p class="hint">${t("people.oncall.group.hint")}</p>`}
    ${steps.value.map((one, index) => html`<${Step} key=${one.id} one=${one} n=${index + 1} form=${form}
      change=${(/** @type {any} */ part) => { steps.value = steps.value.map(other => other === one ? { ...one, step: { ...one.step, ...part } } : other) }}
      remove=${steps.value.length > 1 && (() => { steps.value = steps.value.filter(other => other !== one) })} />`)}
    <button class="plain" type="button" onClick=${() => { steps.value = [...steps.value, edited()] }}><${Icon} name="plus" />${t("people.oncall.step.add")}</button>
    <label class="labelled">${t("people.oncall.end")}<select class="field" name="end" defaultValue=${list?.plan.end ?? "again"}>
      ${["again", "everybody", "stop"].map(end => html`<option value=${end} selected=${end === (list?.plan.end ?? "again")}>${t(`people.oncall.end.${end}`)}</option>`)}</select></label>
    <${FieldProblem} form=${form} />
    <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("people.name.cancel")}</button>
      <button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t("people.settings.save")}</button></div></form><//>`
}

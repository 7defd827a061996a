// For those who manage a topic: choose for whom it is, and delete it.
import { Dialog } from "../../web/static/dialog.js"
import { FieldProblem, Problem, useForm } from "../../web/static/form-fields.js"
import { get, send } from "../../web/static/http.js"
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { person } from "../../people/static/directory.js"
import { PeopleField } from "../../people/static/people-field.js"

/** @typedef {{ id: number, name: string, open: boolean, subscribed: boolean, muted: boolean, least: number, manages: boolean }} Topic */
/** @typedef {{ topic: Topic, close: () => void, changed: () => void }} Props */

export const address = (/** @type {string} */ name) => `/api/topics/${encodeURIComponent(name)}`

/** @param {{ close: () => void, danger?: boolean, label: string, busy: boolean }} props */
function Buttons({ close, danger = false, label, busy }) {
  return html`<div class="buttons"><button class="plain" type="button" onClick=${close}>${t("people.name.cancel")}</button>
    <button class=${danger ? "primary danger" : "primary"} aria-busy=${busy ? "true" : "false"}>${label}</button></div>`
}

/** @param {Props} props */
export function TopicPeople({ topic, close, changed }) {
  const closed = useSignal(!topic.open), people = useSignal(/** @type {number[]} */ ([])), before = useSignal(/** @type {number[] | null} */ (null)), problem = useSignal("")
  useLoad(() => {
    get(address(topic.name)).then(({ ok, error }) => {
      if (ok && !before.value) people.value = before.value = ok.people // what was chosen since stays
      problem.value = error ?? ""
    })
  })
  const handles = (/** @type {number[]} */ ids, /** @type {number[]} */ without) => ids.filter(id => !without.includes(id)).map(id => person(id).handle)
  const form = useForm(async () => {
    const answer = await send("PATCH", address(topic.name), { open: !closed.value, add: handles(people.value, before.value ?? []), remove: handles(before.value ?? [], people.value) })
    if (answer.error) return answer
    changed()
    close()
  }, "topic-")
  return html`<${Dialog} title=${t("notifications.topics.who", { name: topic.name })} onClose=${close} variant="tall"><form class="form" onSubmit=${form.submit}>
    <label class="check"><input type="checkbox" checked=${closed.value} onChange=${(/** @type {any} */ event) => { closed.value = event.target.checked }} /> ${t("notifications.topics.make_closed")}</label>
    <${Problem} words=${problem.value} />
    ${closed.value && before.value && html`<div class="labelled"><label for="topic-people">${t("notifications.topics.people")}</label><${PeopleField} id="topic-people" chosen=${people} form=${form} /></div>`}
    <${FieldProblem} form=${form} /><${Buttons} close=${close} label=${t("people.settings.save")} busy=${form.busy.value} /></form><//>`
}

/** @param {Props} props */
export function DeleteTopic({ topic, close, changed }) {
  const form = useForm(async () => {
    const answer = await send("DELETE", address(topic.name))
    if (answer.error) return answer
    changed()
    close()
  }, "topic-")
  return html`<${Dialog} title=${t("notifications.topics.delete")} onClose=${close}><form class="form" onSubmit=${form.submit}><p>${t("notifications.topics.delete.sure", { name: topic.name })}</p>
    <${FieldProblem} form=${form} /><${Buttons} close=${close} danger label=${t("notifications.topics.delete")} busy=${form.busy.value} /></form><//>`
}

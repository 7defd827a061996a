// A field for several people: search while typing, Enter adds, Backspace removes.
import { FieldProblem } from "../../web/static/form-fields.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { fold, matchScore, t } from "../../web/static/strings.js"
import { Avatar } from "./avatar.js"
import { findPeople, person } from "./directory.js"

/** @param {{ id: string, form: import("../../web/static/form-fields.js").Form, chosen: import("../../web/static/vendor/preact.js").Signal<number[]>, without?: number[], autofocus?: boolean }} props */
export function PeopleField({ id, form, chosen, without = [], autofocus = false }) {
  const word = useSignal(""), at = useSignal(0), open = useSignal(false)
  const answer = useSignal(/** @type {import("../../web/static/types").Person[]} */ ([]))
  const low = fold(word.value).replace(/^@/, "")
  // The answer may still be that for an earlier word: Enter must not take somebody who does not match this one.
  const found = answer.value.filter(({ name, handle = "" }) => matchScore(low, [name, handle]) < Infinity)
  useEffect(() => {
    let stale = false
    Promise.resolve(findPeople(word.value)).then(people => {
      if (stale) return
      answer.value = people.filter(one => !chosen.value.includes(one.id) && !without.includes(one.id) && one.role !== "system").slice(0, 8)
      at.value = 0
    })
    return () => { stale = true }
  }, [word.value, chosen.value])

  /** @param {number} person */
  function take(person) {
    chosen.value = [...chosen.value, person]
    word.value = ""
    open.value = false // it would cover the buttons below
  }
  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (event.key === "ArrowDown" && !open.value) open.value = true
    else if (event.key === "ArrowDown") at.value = Math.min(at.value + 1, found.length - 1)
    else if (event.key === "ArrowUp") at.value = Math.max(at.value - 1, 0)
    else if (event.key === "Enter" && word.value) { if (found[at.value]) take(found[at.value].id) }
    else if (event.key === "Backspace" && !word.value) { chosen.value = chosen.value.slice(0, -1); return }
    else if (event.key === "Escape" && open.value && word.value) open.value = false
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const shown = open.value && found.length > 0
  return html`<div class="people-field">
    ${chosen.value.map(one => html`<span class="chip" key=${one}><${Avatar} id=${one} small /><span dir="auto">${person(one).name}</span>
      <button type="button" aria-label=${t("people.field.remove", { name: person(one).name })} onClick=${() => { chosen.value = chosen.value.filter(id => id !== one) }}><${Icon} name="x" /></button></span>`)}
    <input ...${form.attributesOf("people")} id=${id} role="combobox" autofocus=${autofocus} aria-autocomplete="list" aria-expanded=${shown ? "true" : "false"} aria-controls=${`${id}-list`} autocomplete="off" dir="auto"
      aria-activedescendant=${shown ? `${id}-${found[at.value]?.id}` : undefined} placeholder=${chosen.value.length ? "" : t("people.field.find")} value=${word.value}
      onInput=${(/** @type {any} */ event) => { word.value = event.target.value; at.value = 0; open.value = true }} onFocus=${() => { open.value = true }}
      onBlur=${() => { setTimeout(() => { open.value = false }, 150) }} onKeyDown=${onKeyDown} />
    ${shown && html`<ul class="found-people" role="listbox" id=${`${id}-list`} aria-label=${t("people.field.find")}>${found.map((one, index) => html`
      <li role="option" id=${`${id}-${one.id}`} key=${one.id} class="row" aria-selected=${index === at.value ? "true" : "false"} onMouseDown=${(/** @type {Event} */ event) => { event.preventDefault(); take(one.id) }}>
        <${Avatar} id=${one.id} small /><span class="label" dir="auto">${one.name}</span><small dir="auto">@${one.handle}</small></li>`)}</ul>`}
  </div><${FieldProblem} form=${form} name="people" />`
}

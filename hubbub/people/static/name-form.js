// The form for a guest's name.
import { Field, FieldProblem, useForm } from "../../web/static/form-fields.js"
import { html } from "../../web/static/shell.js"
import { useLayoutEffect, useRef } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { me, renaming, rename } from "./me.js"

function done() { renaming.value = false }

export function NameForm() {
  const box = useRef(/** @type {HTMLFormElement | null} */ (null))
  useLayoutEffect(() => box.current?.querySelector("input")?.select(), [])
  const form = useForm(async ({ name }) => {
    if (name !== me.value?.name) {
      const answer = await rename(name)
      if (answer.error) return answer
    }
    done()
  })

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (event.key !== "Escape") return
    event.preventDefault()
    event.stopPropagation()
    done()
  }

  return html`<form class="name-form" ref=${box} onSubmit=${form.submit} onKeyDown=${onKeyDown}>
    <${Field} form=${form} name="name" label=${t("people.me.name")} defaultValue=${me.value?.name} autocomplete="nickname" maxlength="64" spellcheck="false" autofocus />
    <${FieldProblem} form=${form} />
    <div class="buttons">
      <button class="primary">${t("people.name.save")}</button>
      <button class="plain" type="button" onClick=${done}>${t("people.name.cancel")}</button>
    </div>
  </form>`
}

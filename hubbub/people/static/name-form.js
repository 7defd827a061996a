// The form for a guest's name.
import { html, Icon } from "../../web/static/shell.js"
import { useLayoutEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { me, renaming, rename } from "./me.js"

function done() { renaming.value = false }

export function NameForm() {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null))
  const problem = useSignal("")
  const busy = useSignal(false)
  useLayoutEffect(() => { input.current?.focus(); input.current?.select() }, [])

  /** @param {Event} event */
  async function save(event) {
    event.preventDefault()
    const name = input.current?.value ?? ""
    if (busy.value) return
    if (name === me.value?.name) return done()
    busy.value = true
    const { error } = await rename(name)
    busy.value = false
    if (!error) return done()
    problem.value = error
    input.current?.focus()
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (event.key !== "Escape") return
    event.preventDefault()
    event.stopPropagation()
    done()
  }

  return html`<form class="name-form" onSubmit=${save} onKeyDown=${onKeyDown}>
    <label for="name">${t("people.me.name")}</label>
    <input class="field" id="name" ref=${input} defaultValue=${me.value?.name} autocomplete="nickname" maxlength="64"
      dir="auto" spellcheck="false" aria-invalid=${problem.value ? "true" : "false"} aria-describedby="name-words" />
    <p class="error-text" id="name-words" role="alert">
      ${problem.value && html`<${Icon} name="circle-alert" /><span>${problem.value}</span>`}</p>
    <div class="buttons">
      <button class="primary">${t("people.name.save")}</button>
      <button class="plain" type="button" onClick=${done}>${t("people.name.cancel")}</button>
    </div>
  </form>`
}

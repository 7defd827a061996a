// My name, being changed in place; a refusal stands below it in words.
import { html, Icon } from "../../web/static/ui.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { sentence, t } from "../../web/static/words.js"
import { me, naming, rename } from "./me.js"
import { hide } from "./welcome.js"

export function NameForm() {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null))
  const problem = useSignal("")
  const busy = useSignal(false)
  useEffect(() => input.current?.select(), [])
  useEffect(() => input.current?.focus(), [])

  /** @param {Event} event */
  async function save(event) {
    event.preventDefault()
    const name = input.current?.value ?? ""
    if (busy.value) return
    if (name === me.value?.name) { naming.value = false; return }
    busy.value = true
    const { error, code } = await rename(name)
    busy.value = false
    if (!error) { hide(); naming.value = false; return }
    problem.value = code === "offline" || code === "timeout" ? t("name.offline") : sentence(error)
    input.current?.focus()
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (event.key !== "Escape") return
    event.preventDefault()
    event.stopPropagation()
    naming.value = false
  }

  return html`<form class="name-form" onSubmit=${save} onKeyDown=${onKeyDown}>
    <label class="hidden-words" for="name">${t("me.name")}</label>
    <input class="field" id="name" ref=${input} defaultValue=${me.value?.name} autocomplete="nickname" maxlength="64" dir="auto" spellcheck="false"
      aria-invalid=${problem.value ? "true" : "false"} aria-describedby="name-words" />
    <div class="verbs">
      <button class="primary">${t("name.save")}</button>
      <button class="plain" type="button" onClick=${() => { naming.value = false }}>${t("name.cancel")}</button>
    </div>
    <p class="words" id="name-words" role="alert">${problem.value && html`<${Icon} name="circle-alert" /> ${problem.value}`}</p>
  </form>`
}

// Me, at the foot of the sidebar: avatar, name to change in place, how the connection is, and the theme.
import { choose, html, Icon, StateWord, theme } from "../../web/static/shell.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { sentence, t } from "../../web/static/words.js"
import { Avatar } from "./directory.js"
import { me, naming, rename } from "./me.js"

const THEMES = /** @type {const} */ ([["system", "monitor"], ["light", "sun"], ["dark", "moon"]])

function ThemeChoice() {
  return html`<fieldset class="theme"><legend class="hidden-words">${t("theme.label")}</legend>
    <div class="segments">${THEMES.map(([name, icon]) => html`
      <label><input type="radio" name="theme" checked=${theme.value === name} onChange=${() => choose(name)} />
        <${Icon} name=${icon} />${t(`theme.${name}`)}</label>`)}
    </div>
  </fieldset>`
}

function done() { naming.value = false }

function NameForm() {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null))
  const problem = useSignal("")
  const busy = useSignal(false)
  useEffect(() => { input.current?.focus(); input.current?.select() }, [])

  /** @param {Event} event */
  async function save(event) {
    event.preventDefault()
    const name = input.current?.value ?? ""
    if (busy.value) return
    if (name === me.value?.name) return done()
    busy.value = true
    const { error, code } = await rename(name)
    busy.value = false
    if (!error) return done()
    problem.value = code === "offline" || code === "timeout" ? t("name.offline") : sentence(error)
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
    <label for="name">${t("me.name")}</label>
    <input class="field" id="name" ref=${input} defaultValue=${me.value?.name} autocomplete="nickname" maxlength="64"
      dir="auto" spellcheck="false" aria-invalid=${problem.value ? "true" : "false"} aria-describedby="name-words" />
    <p class="words" id="name-words" role="alert">
      ${problem.value && html`<${Icon} name="circle-alert" /><span>${problem.value}</span>`}</p>
    <div class="verbs">
      <button class="primary">${t("name.save")}</button>
      <button class="plain" type="button" onClick=${done}>${t("name.cancel")}</button>
    </div>
  </form>`
}

export function Foot() {
  const open = useSignal(false)
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null))
  const wasNaming = useRef(naming.value)
  useEffect(() => {
    if (wasNaming.current && !naming.value) button.current?.focus()
    wasNaming.current = naming.value
  }, [naming.value])
  if (naming.value && me.value) return html`<${NameForm} />`

  return html`
    ${open.value && html`<${ThemeChoice} />`}
    <div class="me">
      <button class="row" type="button" ref=${button} title=${t("me.change")} disabled=${!me.value}
        onClick=${() => { naming.value = true }}>
        <${Avatar} id=${me.value?.id ?? 0} />
        <span class="label"><span class="name" dir="auto">${me.value?.name ?? t("me.stranger")}</span>
          <span class="hidden-words">, ${t("me.change")}</span><${StateWord} /></span>
        <${Icon} name="pencil" />
      </button>
      <button class="ghost" type="button" aria-label=${t("me.settings")} aria-expanded=${open.value ? "true" : "false"}
        onClick=${() => { open.value = !open.value }}><${Icon} name="settings" /></button>
    </div>`
}

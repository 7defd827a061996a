// Me, at the foot of the sidebar: avatar, name to change by a click, how the connection is, and the theme.
import { StateWord } from "../../web/static/status.js"
import { choose, theme } from "../../web/static/theme.js"
import { html, Icon } from "../../web/static/ui.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/words.js"
import { Avatar } from "./avatar.js"
import { me, naming } from "./me.js"
import { NameForm } from "./name-form.js"

const THEMES = /** @type {const} */ ([["system", "monitor"], ["light", "sun"], ["dark", "moon"]])

function ThemeChoice() {
  return html`<fieldset class="theme"><legend class="hidden-words">${t("theme.label")}</legend>
    <div class="segments">${THEMES.map(([name, icon]) => html`
      <label><input type="radio" name="theme" checked=${theme.value === name} onChange=${() => choose(name)} />
        <${Icon} name=${icon} />${t(`theme.${name}`)}</label>`)}
    </div>
  </fieldset>`
}

export function Foot() {
  const open = useSignal(false)
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null))
  const wasNaming = useRef(naming.value)
  useEffect(() => {
    if (wasNaming.current && !naming.value) button.current?.focus()
    wasNaming.current = naming.value
  }, [naming.value])

  const name = me.value?.name ?? t("me.stranger")
  return html`
    ${open.value && html`<${ThemeChoice} />`}
    ${naming.value && me.value ? html`<${NameForm} />` : html`<div class="me">
      <button class="row" type="button" ref=${button} title=${t("me.change")} disabled=${!me.value} onClick=${() => { naming.value = true }}>
        <${Avatar} id=${me.value?.id ?? 0} />
        <span class="label"><span class="name" dir="auto">${name}</span><span class="hidden-words">, ${t("me.change")}</span><${StateWord} /></span>
        <${Icon} name="pencil" />
      </button>
      <button class="ghost" type="button" aria-label=${t("me.settings")} aria-expanded=${open.value ? "true" : "false"}
        onClick=${() => { open.value = !open.value }}><${Icon} name="settings" /></button>
    </div>`}`
}

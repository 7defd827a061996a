// How the page looks and behaves: my preferences, the same on all my devices.
import { connectionState } from "../../web/static/connection.js"
import { preference } from "../../web/static/preferences.js"
import { boot, html, Icon } from "../../web/static/shell.js"
import { timeOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { choose, sendKey, singleKeys } from "./preferences.js"

/** @type {Record<string, string>} */
const ICONS = { "theme.system": "monitor", "theme.light": "sun", "theme.dark": "moon" }
const AFTERNOON = new Date(2026, 0, 1, 15, 30).getTime() / 1000

/**
 * Choices next to each other, the first of them by default.
 * @param {{ name: string, choices: string[], value?: string, hint?: string, labelOf?: (one: string) => unknown, act?: (one: string) => void }} props
 */
function Choices({ name, choices, value = preference(name, choices[0]), hint, labelOf = one => t(`people.prefer.${name}.${one}`), act = one => choose(name, one) }) {
  return html`<fieldset class="theme"><legend>${t(`people.prefer.${name}.label`)}</legend><div class="segments">${choices.map(one => html`
    <label key=${one}><input type="radio" name=${name} checked=${value === one} onChange=${() => act(one)} />
      ${ICONS[`${name}.${one}`] && html`<${Icon} name=${ICONS[`${name}.${one}`]} />`}${labelOf(one)}</label>`)}</div>
    ${hint && html`<p class="hint">${hint}</p>`}</fieldset>`
}

/** @param {{ name: string, on: string, off: string, checked?: boolean, hint?: boolean }} props */
function Switch({ name, on, off, checked = preference(name) === on, hint = false }) {
  return html`<label class="check"><input type="checkbox" checked=${checked} aria-describedby=${hint ? `${name}-hint` : undefined}
    onChange=${(/** @type {any} */ event) => choose(name, event.target.checked ? on : off)} /> ${t(`people.prefer.${name}.label`)}</label>
    ${hint && html`<p class="hint" id=${`${name}-hint`}>${t(`people.prefer.${name}.why`)}</p>`}`
}

/** The name of a language in itself, or that of the system. @param {string} language */
function nameOf(language) {
  if (language === "system") return t("people.prefer.language.system")
  return html`<span lang=${language}>${new Intl.DisplayNames([language], { type: "language" }).of(language)}</span>`
}

/** Choose a language; the page starts again in it. @param {string} language */
async function switchLanguage(language) {
  await choose("language", language)
  if (connectionState.value === "online") location.reload()
}

export function Appearance() {
  return html`<div class="form appearance"><p class="hint">${t("people.appearance.why")}</p>
    <${Choices} name="theme" choices=${["system", "light", "dark"]} />
    <${Choices} name="text" choices=${["small", "medium", "large", "largest"]} value=${preference("text", "medium")} />
    <${Choices} name="language" choices=${["system", ...boot.languages ?? []]} labelOf=${nameOf} act=${switchLanguage} hint=${t("people.prefer.language.why")} />
    <${Choices} name="density" choices=${["comfortable", "compact"]} />
    <${Choices} name="clock" choices=${["system", "12", "24"]} hint=${t("people.prefer.clock.example", { time: timeOf(AFTERNOON) })} />
    <${Choices} name="rooms" choices=${["unread", "newest"]} />
    <h3>${t("people.appearance.accessibility")}</h3>
    <${Switch} name="motion" on="reduced" off="system" hint />
    <${Switch} name="contrast" on="high" off="system" hint />
    <h3>${t("people.appearance.keyboard")}</h3>
    <${Choices} name="sending" choices=${["enter", "control"]} value=${sendKey.value} />
    <${Switch} name="undo" on="on" off="off" />
    <${Switch} name="keys" on="on" off="off" checked=${singleKeys.value} />
  </div>`
}

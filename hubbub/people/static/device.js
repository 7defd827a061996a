// This device: Hubbub as an app on it, and what it keeps for when there is no network.
import { isKeeping, forget, readIndex, setKeeping } from "../../web/static/kept.js"
import { keepAgain } from "../../web/static/keep-channels.js"
import { html, Icon, installPrompt } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { t } from "../../web/static/strings.js"
import { sizeOf } from "../../files/static/attachments.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"

const { userAgent, platform, maxTouchPoints } = navigator
/** Whether this is an iPhone or iPad; an iPad calls itself a Mac. */
export const isApple = /iPhone|iPad|iPod/.test(userAgent) || (platform === "MacIntel" && maxTouchPoints > 1)
/** Whether the page runs as an app, in a window of its own. */
export const isApp = matchMedia("(display-mode: standalone)").matches || Boolean(/** @type {any} */ (navigator).standalone)

function App() {
  const prompt = installPrompt.value
  async function install() {
    await prompt.prompt()
    installPrompt.value = null
  }
  if (isApp) return html`<p>${t("people.device.app.is")}</p>`
  if (prompt) return html`<p class="hint">${t("people.device.app.why")}</p><button class="primary fits" type="button" onClick=${install}><${Icon} name="download" />${t("people.device.app.install")}</button>`
  return html`<p class="hint">${t("people.device.app.why")}</p>
    ${isApple ? html`<ol class="steps">${[1, 2, 3].map(step => html`<li key=${step}>${t(`people.device.apple.${step}`)}</li>`)}</ol>` : html`<p class="hint">${t("people.device.app.menu")}</p>`}`
}

/** @param {Iterable<[string, { size: number }]>} index */
function summary(index) {
  const all = [...index], count = (/** @type {string} */ kind) => all.filter(([name]) => name.startsWith(kind)).length
  const size = sizeOf(all.reduce((sum, [, { size }]) => sum + size, 0))
  return t("people.device.kept", { channels: t("people.device.kept.channels", { n: count("channel:") }), documents: t("people.device.kept.documents", { n: count("document:") }), size })
}

export function Device() {
  const kept = useSignal(""), on = useSignal(isKeeping())
  const count = () => readIndex().then(index => { kept.value = summary(index) })
  useEffect(() => { count() }, [])
  /** @param {any} event */
  async function turn(event) {
    on.value = event.target.checked
    await setKeeping(on.value)
    keepAgain()
    count()
  }
  async function remove() {
    await forget()
    keepAgain()
    await count()
    toast(t("people.device.deleted"))
  }
  return html`<div class="form"><h3>${t("people.device.app")}</h3><${App} />
    <h3>${t("people.device.offline")}</h3>
    <label class="check"><input type="checkbox" checked=${on.value} aria-describedby="keep-hint" onChange=${turn} /> ${t("people.device.keep")}</label>
    <p class="hint" id="keep-hint">${t("people.device.keep.why")}</p>
    ${on.value && html`<p role="status">${kept.value}</p><button class="plain fits" type="button" onClick=${remove}><${Icon} name="trash-2" />${t("people.device.delete")}</button>`}</div>`
}

// Above the message field: the message being edited or quoted, how to type a command, a text that is long, a preview.
import { html, Icon } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { uploads } from "../../files/static/uploads.js"
import { person } from "../../people/static/directory.js"
import { commands } from "./commands.js"
import { ComposerContext } from "./composer-context.js"
import { Prose } from "./prose.js"
import { commandsIn } from "./room-commands.js"

const LONG = 8192, LIMIT = 16_000 // characters: offered as a file, and refused by the server

/** The command that the text begins with, and what to type after it. @param {{ channel: string, text: string }} props */
function CommandHint({ channel, text }) {
  const name = /^\/([\w-]{1,32})\s/.exec(text)?.[1].toLowerCase() ?? "", command = commands.get(name), others = commandsIn(channel)
  const other = !command && others.find(one => one.name === name)
  if (other) return html`<div class="over command-hint"><code>/${name}</code><span dir="auto">${other.about || person(other.bot).name}</span></div>`
  if (!command) return null
  return html`<div class="over command-hint"><code>/${name}${command.args && html` <i>${t(command.args)}</i>`}</code><span>${t(command.about)}</span></div>`
}

/** @param {{ composer: import("./composer-state.js").ComposerState, text: string }} props */
function LongText({ composer, text }) {
  const dismissed = useSignal(false)
  function attach() {
    const part = composer.pasted && text.includes(composer.pasted) ? composer.pasted : text
    uploads(composer.channel, composer.root).add([new File([part], t("chat.long.name"), { type: "text/plain" })])
    composer.set(text.replace(part, () => "").trim())
    composer.focusRequests.value++
  }
  if (dismissed.value && text.length <= LIMIT) return null
  return html`<div class="over long-text" role="status"><${Icon} name="file-text" /><span>${t(text.length > LIMIT ? "chat.long.over" : "chat.long.words", { n: text.length, limit: LIMIT })}</span>
    <button class="plain" type="button" onClick=${attach}>${t("chat.long.attach")}</button>
    ${text.length <= LIMIT && html`<button class="ghost" type="button" aria-label=${t("chat.long.keep")} title=${t("chat.long.keep")} onClick=${() => { dismissed.value = true }}><${Icon} name="x" /></button>`}</div>`
}

/** @param {{ composer: import("./composer-state.js").ComposerState, text: string, preview: import("../../web/static/vendor/preact.js").Signal<boolean> }} props */
export function ComposerNotices({ composer, text, preview }) {
  const isEditing = composer.editing.value !== null
  return html`
    ${(isEditing || composer.quoting.value > 0) && html`<${ComposerContext} composer=${composer} />`}
    ${text.startsWith("/") && !isEditing && html`<${CommandHint} channel=${composer.channel} text=${text} />`}
    ${text.length > LONG && !isEditing && html`<${LongText} composer=${composer} text=${text} />`}
    ${preview.value && html`<div class="preview" role="region" aria-label=${t("chat.format.preview")} tabindex="0">${text.trim() ? html`<${Prose} text=${text} />` : html`<p class="hint">${t("chat.format.preview.empty")}</p>`}</div>`}`
}

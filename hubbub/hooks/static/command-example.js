// A command or a program to copy.
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { copy } from "../../chat/static/actions.js"

/** @param {{ title: string, text: string }} props */
export function Example({ title, text }) {
  return html`<figure class="command"><figcaption>${title}
    <button class="ghost" type="button" aria-label=${`${t("people.copy")}: ${title}`} onClick=${() => copy(text, t("people.copied"))}><${Icon} name="copy" /></button></figcaption><pre tabindex="0">${text}</pre></figure>`
}

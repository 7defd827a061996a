// The star of a document or a symbol: with it, the sidebar shows it.
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { append, arrange, KIND, placeOf } from "./arrangement.js"
import { me } from "./me.js"

/** @param {{ channel: string }} props */
export function KeepButton({ channel }) {
  const kept = placeOf(channel) !== null, words = t(kept ? "people.keep.off" : "people.keep.on")
  return me.value && html`<button class="ghost keep" type="button" aria-pressed=${String(kept)} aria-label=${words} title=${words}
    onClick=${() => kept ? arrange(null, [channel]) : append(channel, KIND)}><${Icon} name="star" /></button>`
}

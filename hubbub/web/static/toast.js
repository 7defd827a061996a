// Short notices at the lower edge of the page: what was done and how to undo it, what failed and why.
import { html, Icon } from "./shell.js"
import { signal } from "./vendor/preact.js"
import { t } from "./strings.js"

/** @typedef {{ id: number, words: string, verb?: string, act?: () => void, danger?: boolean }} Toast */

const SHORT = 4000, LONG = 10000
const toasts = signal(/** @type {Toast[]} */ ([]))
let last = 0

/** Show a notice; one with a button stays longer. @param {string} words @param {Partial<Toast>} [more] */
export function toast(words, more = {}) {
  const id = ++last
  toasts.value = [...toasts.value.slice(-2), { ...more, id, words }]
  setTimeout(() => hide(id), more.verb || more.danger ? LONG : SHORT)
}

/** @param {number} id */
function hide(id) { toasts.value = toasts.value.filter(one => one.id !== id) }

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">${toasts.value.map(({ id, words, verb, act, danger }) => html`
    <div class=${danger ? "toast danger" : "toast"} key=${id}><span>${words}</span>
      ${verb && html`<button class="plain" type="button" onClick=${() => { hide(id); act?.() }}>${verb}</button>`}
      <button class="ghost" type="button" aria-label=${t("web.close")} onClick=${() => hide(id)}><${Icon} name="x" /></button>
    </div>`)}</div>`
}

// A code block with its language, a copy button, and colours once the highlighter is loaded.
import { html, Icon } from "../../web/static/shell.js"
import { h, signal, useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"

/** @typedef {import("../../web/static/vendor/highlight.js").Tree} Tree */

const LONGEST = 20_000

/** @type {import("../../web/static/vendor/preact.js").Signal<typeof import("../../web/static/vendor/highlight.js") | null>} */
const highlighter = signal(null)
let fetching = false

function fetchHighlighter() {
  if (fetching) return
  fetching = true
  import("../../web/static/vendor/highlight.js").then(module => { highlighter.value = module }, () => { fetching = false })
}

/** @param {Tree[]} trees @returns {any[]} */
function colours(trees) {
  return trees.map(({ value, properties, children = [] }) => value ?? h("span", { class: properties?.className?.join(" ") }, colours(children)))
}

/** @param {{ text: string }} props */
function Copy({ text }) {
  const copied = useSignal(false)
  async function copy() {
    await navigator.clipboard?.writeText(text)
    copied.value = true
    setTimeout(() => { copied.value = false }, 1500)
  }
  return html`<button class="ghost" type="button" aria-label=${t("chat.code.copy")} onClick=${copy}>
    <${Icon} name=${copied.value ? "check" : "copy"} /><span>${copied.value ? t("chat.code.copied") : t("chat.code.copy")}</span></button>`
}

/** @param {{ language: string, text: string, marked?: any[] }} props `marked` has what a search found in it, instead of colours */
export function CodeBlock({ language, text, marked = [] }) {
  const code = text.replace(/\n$/, ""), name = language.toLowerCase()
  useEffect(() => { if (name) fetchHighlighter() }, [name])
  const known = name && code.length < LONGEST && highlighter.value?.knows(name) ? highlighter.value : null
  return html`<figure class="code-block">
    <figcaption>${language && html`<span>${language}</span>`}<${Copy} text=${code} /></figcaption>
    <pre tabindex="0" dir="ltr"><code>${marked.length > 1 ? marked : known ? colours(known.highlight(name, code)) : code}</code></pre>
  </figure>`
}

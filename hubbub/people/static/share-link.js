// A link to share: copy button and QR code.
import { html, Icon } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"

/** Copy a text to the clipboard, also over plain HTTP, where the clipboard API is missing. @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" })
    const host = document.querySelector("dialog[open]") ?? document.body
    host.append(area)
    area.select()
    document.execCommand("copy")
    area.remove()
  }
}

/** @param {{ text: string, label: string }} props */
export function CopyField({ text, label }) {
  const copied = useSignal(false)
  const act = async () => {
    await copy(text)
    copied.value = true
    setTimeout(() => { copied.value = false }, 3000)
  }
  return html`<div class="secret"><input class="field" readonly value=${text} aria-label=${label} onFocus=${(/** @type {any} */ event) => event.target.select()} />
    <button class="primary" type="button" onClick=${act}><${Icon} name=${copied.value ? "check" : "copy"} /><span role="status">${t(copied.value ? "people.copied" : "people.copy")}</span></button></div>`
}

/** @param {{ url: string, qr: string, is_local?: boolean, label: string }} props */
export function ShareLink({ url, qr, is_local: isLocal = false, label }) {
  return html`<div class="link"><${CopyField} text=${url} label=${label} />${isLocal && html`<p class="notice-text" role="note"><${Icon} name="info" /><span>${t("people.link.local")}</span></p>`}${qr && html`<img class="qr" src=${qr} alt=${t("people.qr.label")} width="198" height="198" />`}</div>`
}

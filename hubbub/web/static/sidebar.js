// The sidebar: brand, the slices' sections, the foot; beside the view, or as a sheet where there is no room.
import { assets } from "./boot.js"
import { parts, sheet, views, wide } from "./shell.js"
import { html, Icon } from "./ui.js"
import { useEffect, useRef } from "./vendor/preact.js"
import { t } from "./words.js"

function Contents() {
  return html`
    <header class="brand"><img src=${`${assets}/web/static/icon.svg`} alt="" /><span>Hubbub</span>
      ${sheet.value && html`<button class="ghost" type="button" aria-label=${t("close")} onClick=${close}><${Icon} name="x" /></button>`}
    </header>
    <div class="sections">
      <section class="section"><h2>${t("nav.rooms")}</h2>
        <ul>${views.map(({ title }) => html`<li>
          <a class="row" href="/" aria-current="page" onClick=${stay}><${Icon} name="hash" /><span class="label">${title}</span></a>
        </li>`)}</ul>
      </section>
      ${parts.sections.map(Section => html`<${Section} />`)}
    </div>
    <footer class="foot">${parts.foot.map(Part => html`<${Part} />`)}</footer>`
}

function close() { sheet.value = false }

/** @param {Event} event */
function stay(event) {
  event.preventDefault()
  close()
}

function Sheet() {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null))
  useEffect(() => { dialog.current?.showModal() }, [])
  /** @param {Event} event */
  const onClick = event => { if (event.target === dialog.current) close() }
  return html`<dialog class="sheet" ref=${dialog} aria-label=${t("nav.label")} onClose=${close} onClick=${onClick}><${Contents} /></dialog>`
}

export function Sidebar() {
  if (wide.value) return html`<nav class="sidebar" aria-label=${t("nav.label")}><${Contents} /></nav>`
  return sheet.value ? html`<${Sheet} />` : null
}

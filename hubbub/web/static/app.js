// Boots the page: the slices named by the server hang up their parts, the frame around every view is drawn, we connect.
import "./channels.js"
import { start, state } from "./live.js"
import { assets, boot, html, Icon, parts, sheet, views, wide } from "./shell.js"
import { render, useEffect, useRef } from "./vendor/preact.js"
import { t } from "./words.js"

function close() { sheet.value = false }

/** @param {Event} event */
function stay(event) {
  event.preventDefault()
  close()
}

function Contents() {
  return html`
    <header class="brand"><img src=${`${assets}/web/static/icon.svg`} alt="" /><span>Hubbub</span>
      ${sheet.value && html`<button class="ghost" type="button" aria-label=${t("close")} onClick=${close}>
        <${Icon} name="x" /></button>`}
    </header>
    <div class="sections">
      <section class="section"><h2>${t("nav.rooms")}</h2>
        <ul>${views.map(({ title }) => html`<li><a class="row" href="/" aria-current="page" onClick=${stay}>
          <${Icon} name="hash" /><span class="label">${title}</span></a></li>`)}</ul>
      </section>
      ${parts.sections.map(Section => html`<${Section} />`)}
    </div>
    <footer class="foot">${parts.foot.map(Part => html`<${Part} />`)}</footer>`
}

function Sheet() {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null))
  useEffect(() => { dialog.current?.showModal() }, [])
  /** @param {Event} event */
  const onClick = event => { if (event.target === dialog.current) close() }
  return html`<dialog class="sheet" ref=${dialog} aria-label=${t("nav.label")} onClose=${close} onClick=${onClick}>
    <${Contents} /></dialog>`
}

function Sidebar() {
  if (wide.value) return html`<nav class="sidebar" aria-label=${t("nav.label")}><${Contents} /></nav>`
  return sheet.value ? html`<${Sheet} />` : null
}

function Pane() {
  const { title, about, component: View } = views[0]
  return html`<main class="pane">
    <header class="topbar">
      <div class="title"><h1><${Icon} name="hash" />${title}</h1><p>${about}</p></div>
      ${parts.actions.map(Action => html`<${Action} />`)}
    </header>
    <div class="view"><div>${parts.notices.map(Notice => html`<${Notice} />`)}</div><${View} /></div>
  </main>`
}

function Frame() {
  const gate = state.value === "refused" && parts.gates[0]
  if (gate) return html`<${gate} />`
  return html`
    <a class="skip" href="#composer">${t("nav.skip")}</a>
    <div class="frame"><${Sidebar} />${views.length > 0 && html`<${Pane} />`}</div>`
}

await Promise.all((boot.modules ?? []).map(url => import(url)))
render(html`<${Frame} />`, /** @type {HTMLElement} */ (document.getElementById("app")))
start()

// Boots the page: the slices named by the server hang up their parts, the frame around every view is drawn, we connect.
import "./channels.js"
import { start, state } from "./live.js"
import { path, shown } from "./router.js"
import { assets, badge, boot, closePanel, closeSheet, html, Icon, openSheet, panels, parts, sheet, shownPanel, wide } from "./shell.js"
import { Toasts } from "./toast.js"
import { effect, render, useEffect, useRef } from "./vendor/preact.js"
import { t } from "./words.js"

function Contents() {
  return html`
    <header class="brand"><a href="/"><img src=${`${assets}/web/static/icon.svg`} alt="" /><span>Hubbub</span></a>
      ${!wide.value && html`<button class="ghost" type="button" aria-label=${t("close")} onClick=${closeSheet}>
        <${Icon} name="x" /></button>`}
    </header>
    <div class="sections">
      ${parts.nav.length > 0 && html`<ul class="nav">${parts.nav.map(Item => html`<${Item} />`)}</ul>`}
      ${parts.sections.map(Section => html`<${Section} />`)}
    </div>
    <footer class="foot">${parts.foot.map(Part => html`<${Part} />`)}</footer>`
}

function Sidebar() {
  if (!wide.value && !sheet.value) return null
  const nav = html`<nav class=${wide.value ? "sidebar" : "sidebar alone"} aria-label=${t("nav.label")}><${Contents} /></nav>`
  return wide.value ? nav : html`<main><h1 class="hidden-words">${t("nav.label")}</h1>${nav}</main>`
}


function Missing() {
  return html`<div class="empty"><${Icon} name="map-pin-off" /><h2>${t("missing.title")}</h2><p><a href="/">${t("missing.home")}</a></p></div>`
}

function Pane() {
  const now = shown(), heading = now?.route.heading(now.params) ?? { title: t("missing.title") }
  const { title, icon, about } = heading, View = now?.route.component ?? Missing, Actions = now?.route.actions
  const count = badge.value > 99 ? "99+" : badge.value, calls = badge.value ? `(${count}) ` : ""
  useEffect(() => { document.title = `${calls}${title} · Hubbub` })
  return html`<main class="pane" id="main" tabindex="-1">
    <header class="topbar">
      ${!wide.value && html`<button class="ghost to-rooms" type="button" aria-label=${badge.value ? `${t("nav.open")}, ${count}` : t("nav.open")} onClick=${openSheet}>
        <${Icon} name="menu" />${badge.value > 0 && html`<span class="badge">${count}</span>`}</button>`}
      <div class="title"><h1>${icon && html`<${Icon} name=${icon} />`}<span dir="auto">${title}</span></h1>
        ${about && html`<p title=${about} dir="auto">${about}</p>`}</div>
      ${Actions && html`<${Actions} ...${now?.params} />`}
      ${parts.actions.map(Action => html`<${Action} />`)}
    </header>
    <div class="view"><div>${parts.notices.map(Notice => html`<${Notice} />`)}</div><${View} ...${now?.params} /></div>
  </main>`
}

function Panel() {
  const props = shownPanel.value, known = props && panels.get(props.kind)
  const heading = useRef(/** @type {HTMLElement | null} */ (null))
  useEffect(() => { heading.current?.focus() }, [props?.kind])
  if (!props || !known) return null
  const title = known.title(props)
  const shut = html`<button class="ghost" type="button" aria-label=${t(wide.value ? "close" : "back")} onClick=${closePanel}><${Icon} name=${wide.value ? "x" : "arrow-left"} /></button>`
  const Tag = wide.value ? "aside" : "main", Title = wide.value ? "h2" : "h1"
  return html`<${Tag} class="panel" aria-label=${title}>
    <header class="topbar">${!wide.value && shut}<div class="title"><${Title} tabindex="-1" ref=${heading}>${title}<//></div>${wide.value && shut}</header>
    <${known.component} ...${props} key=${JSON.stringify(props)} />
  <//>`
}

function Frame() {
  const gate = state.value === "refused" && parts.gates[0], now = shown()
  if (gate) return html`<${gate} /><${Toasts} />`
  if (now?.route.bare) return html`<${now.route.component} ...${now.params} /><${Toasts} />`
  const covered = !wide.value && (sheet.value || shownPanel.value)
  return html`
    ${!covered && html`<a class="skip" href="#main">${t("nav.skip")}</a>`}
    <div class=${shownPanel.value ? "frame with-panel" : "frame"}>
      <${Sidebar} />${!covered && html`<${Pane} />`}${(wide.value || !sheet.value) && html`<${Panel} />`}</div>
    ${parts.overlays.map(Overlay => html`<${Overlay} />`)}
    <${Toasts} />`
}

await Promise.all((boot.modules ?? []).map(url => import(url)))
render(html`<${Frame} />`, /** @type {HTMLElement} */ (document.getElementById("app")))
let before = path.value.split("?")[0]
effect(() => {
  const now = path.value.split("?")[0]
  if (now === before) return
  before = now
  sheet.value = Boolean(history.state?.sheet)
  shownPanel.value = history.state?.panel ?? null
  requestAnimationFrame(() => { if (document.activeElement === document.body) document.getElementById("main")?.focus() })
})
effect(() => { if (navigator.setAppBadge) navigator.setAppBadge(badge.value).catch(() => {}) })
start()

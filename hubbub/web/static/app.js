// The layout around every view, and how the page starts.
import "./composition.js" // before every other handler of keys
import { prefix } from "./boot.js"
import "./channels.js"
import { connect, connectionState, onConnect } from "./connection.js"
import { Part, report } from "./guard.js"
import { afterRows } from "./later.js"
import { lazy } from "./lazy.js"
import { path, currentRoute, wasRefused } from "./router.js"
import { assets, unreadTotal, boot, closePanel, html, Icon, panels, parts, openedPanel, whenConnected, wide, workspace } from "./shell.js"
import { Sidebar } from "./sidebar.js"
import { back, isFirstScreen, TabBar } from "./tabs.js"
import { Toasts } from "./toast.js"
import "./updated.js"
import { effect, render, useEffect, useRef } from "./vendor/preact.js"
import { setStrings, t } from "./strings.js"

const Missing = lazy(() => import("./missing.js").then(({ Missing }) => Missing))

/** In place of a view or a panel that could not be drawn. */
function Broken() {
  return html`<div class="empty" role="alert"><${Icon} name="circle-alert" /><p>${t("web.part.broken")}</p>
    <button class="plain" type="button" onClick=${() => location.reload()}>${t("web.part.reload")}</button></div>`
}

/** The way back on a phone, with the number of what is new elsewhere. */
function BackButton() {
  const n = unreadTotal.value
  return html`<button class="ghost go-back" type="button" aria-label=${n ? t("web.back.unread", { n }) : t("web.back")} onClick=${back}>
    <${Icon} name="arrow-left" />${n > 0 && html`<span class="badge" aria-hidden="true">${n > 99 ? "99+" : n}</span>`}</button>`
}

function Pane() {
  const now = currentRoute(), heading = now?.route.heading(now.params) ?? { title: t(wasRefused() ? "web.problem.title" : "web.missing.title") }
  const { title, icon, about, act } = heading, View = now?.route.component ?? Missing, Actions = now?.route.actions
  const calls = unreadTotal.value ? `(${unreadTotal.value > 99 ? "99+" : unreadTotal.value}) ` : ""
  const name = html`${icon && html`<${Icon} name=${icon} />`}<span dir="auto">${title}</span>`
  useEffect(() => { document.title = `${calls}${title} · ${workspace.value.name}` })
  return html`<main class="pane" id="main" tabindex="-1">
    <header class="topbar">
      ${!wide.value && !isFirstScreen() && html`<${BackButton} />`}
      <div class="title"><h1>${act && !wide.value ? html`<button type="button" onClick=${act}>${name}</button>` : name}</h1>
        ${about && html`<p title=${about} dir="auto">${about}</p>`}</div>
      ${Actions && html`<${Part} of=${Actions} props=${now?.params} />`}
      ${parts.actions.map(of => html`<${Part} of=${of} />`)}
    </header>
    <div class="view"><div>${parts.notices.map(of => html`<${Part} of=${of} />`)}</div><${Part} of=${View} props=${now?.params} fallback=${html`<${Broken} />`} /></div>
  </main>`
}

function Panel() {
  const props = openedPanel.value, known = props && panels.get(props.kind)
  const heading = useRef(/** @type {HTMLElement | null} */ (null))
  useEffect(() => { heading.current?.focus() }, [props?.kind])
  if (!props || !known) return null
  const title = known.title(props)
  const shut = html`<button class="ghost" type="button" aria-label=${t(wide.value ? "web.close" : "web.back")} onClick=${closePanel}><${Icon} name=${wide.value ? "x" : "arrow-left"} /></button>`
  const Tag = wide.value ? "aside" : "main", Title = wide.value ? "h2" : "h1"
  return html`<${Tag} class="panel" aria-label=${title}>
    <header class="topbar">${!wide.value && shut}<div class="title"><${Title} tabindex="-1" ref=${heading}>${title}<//></div>${wide.value && shut}</header>
    <${Part} of=${known.component} props=${props} fallback=${html`<${Broken} />`} key=${JSON.stringify(props)} />
  <//>`
}

/** Focus the view, and leave the address alone: on the way back to "#main", a browser takes the focus again. @param {Event} event */
function skipToMain(event) {
  event.preventDefault()
  document.getElementById("main")?.focus()
}

function Page() {
  const gate = connectionState.value === "refused" && parts.gates[0], now = currentRoute()
  if (gate) return html`<${gate} /><${Toasts} />`
  if (now?.route.bare) return html`<${now.route.component} ...${now.params} /><${Toasts} />`
  const covered = !wide.value && openedPanel.value
  return html`
    ${!covered && html`<a class="skip" href="#main" onClick=${skipToMain}>${t("web.nav.skip")}</a>`}
    <div class=${openedPanel.value ? "frame with-panel" : "frame"}>
      <${Sidebar} />${!covered && html`<${Pane} />`}<${Panel} /><${TabBar} /></div>
    ${parts.overlays.map(of => html`<${Part} of=${of} />`)}
    <${Toasts} />`
}

let before = path.value.split("?")[0]

/** After a navigation: what the browser's history has open, and the focus. */
function follow() {
  const now = path.value.split("?")[0]
  if (now === before) return
  before = now
  openedPanel.value = history.state?.panel ?? null
  requestAnimationFrame(() => { if (document.activeElement === document.body) document.getElementById("main")?.focus() })
}

/** Wait until what was drawn is on the screen, or for a moment: a page in the background may get no animation frame. */
function painted() {
  return new Promise(resolve => {
    requestAnimationFrame(() => requestAnimationFrame(resolve))
    setTimeout(resolve, 1000)
  })
}

/** Load what can wait, once; and delete what this browser keeps of a person who is not signed in any more. */
function keepWhenConnected() {
  const { id, role = "guest" } = boot.me ?? {}, last = localStorage.getItem(`kept${prefix}`)
  const load = async () => { await import("./keep-channels.js"); whenConnected.splice(0).forEach(part => part().catch(() => { whenConnected.push(part) })) }
  if (last && last !== String(id) && !boot.problem) import("./kept.js").then(({ forgetPerson }) => forgetPerson(last)) // a problem page does not say who is signed in
  if (role !== "guest") onConnect(() => { if (whenConnected.length) (window.requestIdleCallback ?? setTimeout)(() => load().catch(() => {})) })
}

/** Load the strings and the modules of the slices, then draw the page and connect. */
export async function start() {
  const language = document.documentElement.lang
  setStrings((await import(`${assets}/strings/${language}.js`)).default, language)
  await Promise.all((boot.modules ?? []).map(url => import(url).catch(error => report(`Loading ${url}`, error))))
  render(html`<${Page} />`, /** @type {HTMLElement} */ (document.getElementById("app")))
  effect(follow)
  effect(() => { if (navigator.setAppBadge) navigator.setAppBadge(unreadTotal.value).catch(() => {}) })
  if (Object.keys(boot.windows ?? {}).length) await painted() // until then, the first rows need the network and the processor
  afterRows()
  if (navigator.maxTouchPoints) import("./touch.js").then(({ fitAboveKeyboard, onSwipeFromEdge }) => {
    onSwipeFromEdge(() => { if (!wide.value) back() })
    fitAboveKeyboard()
  }, () => {})
  keepWhenConnected()
  if (!wasRefused()) connect()
}

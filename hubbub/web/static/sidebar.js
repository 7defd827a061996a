// What the slices add to the sidebar: next to every view, or, on a phone, a screen of its own.
import { Part } from "./guard.js"
import { navigate } from "./router.js"
import { html, parts, wide, workspace } from "./shell.js"
import { t } from "./strings.js"
import { useEffect } from "./vendor/preact.js"
import { useKeptScroll } from "./kept-scroll.js"

function Sections() {
  const box = useKeptScroll("sections")
  return html`<div class="sections" ref=${box}>
    ${parts.nav.length > 0 && html`<ul class="nav">${parts.nav.map(of => html`<${Part} of=${of} />`)}</ul>`}
    ${parts.sections.map(of => html`<${Part} of=${of} />`)}
  </div>`
}

export function Sidebar() {
  return wide.value && html`<nav class="sidebar" aria-label=${t("web.nav.label")}>
    <header class="brand"><a href="/"><img src=${workspace.value.icon} alt="" /><span dir="auto">${workspace.value.name}</span></a>${parts.brand.map(of => html`<${Part} of=${of} />`)}</header>
    <${Sections} />
    <footer class="foot">${parts.foot.map(of => html`<${Part} of=${of} />`)}</footer></nav>`
}

/** The first tab of a phone; a wider screen has all of this in the sidebar. */
export function Home() {
  useEffect(() => { if (wide.value) navigate("/", { replace: true }) }, [wide.value])
  return !wide.value && html`<nav class="home" aria-label=${t("web.nav.label")}><${Sections} /></nav>`
}

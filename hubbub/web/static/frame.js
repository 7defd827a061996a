// The frame around every view: skip link, sidebar, top bar, notices; or, where somebody may not come in, what stands in front.
import { state } from "./live.js"
import { parts, views } from "./shell.js"
import { Sidebar } from "./sidebar.js"
import { html, Icon } from "./ui.js"
import { t } from "./words.js"

function Pane() {
  const { title, about, component: View } = views[0]
  return html`<main class="pane">
    <header class="topbar"><h1><${Icon} name="hash" />${title}</h1><p>${about}</p><span class="grow"></span>
      ${parts.actions.map(Action => html`<${Action} />`)}
    </header>
    <div class="view"><div>${parts.notices.map(Notice => html`<${Notice} />`)}</div><${View} /></div>
  </main>`
}

export function Frame() {
  const gate = state.value === "refused" && parts.gates[0]
  if (gate) return html`<${gate} />`
  return html`
    <a class="skip" href="#composer">${t("nav.skip")}</a>
    <div class="frame"><${Sidebar} />${views.length > 0 && html`<${Pane} />`}</div>`
}

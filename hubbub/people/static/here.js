// Who is here: a section of the sidebar, and where that is folded away a button with the count.
import { state } from "../../web/static/live.js"
import { sheet, wide } from "../../web/static/shell.js"
import { html, Icon } from "../../web/static/ui.js"
import { t } from "../../web/static/words.js"
import { Avatar } from "./avatar.js"
import { person } from "./directory.js"
import { me } from "./me.js"
import { here } from "./presence.js"

const MOST = 60

export function HereSection() {
  const mine = me.value?.id
  const ids = [...here.value]
  const people = ids.map(person).sort((a, b) => Number(b.id === mine) - Number(a.id === mine) || a.name.localeCompare(b.name))
  return html`<section class=${`section people ${state.value}`}>
    <h2>${t("here.title")} <span>${ids.length || ""}</span></h2>
    <ul aria-label=${t("here.title")}>${people.slice(0, MOST).map(({ id, name }) => html`
      <li class="row" key=${id}><${Avatar} id=${id} small here />
        <span class="label" dir="auto">${name || "…"}</span>${id === mine && html`<small>${t("here.you")}</small>`}
      </li>`)}
    </ul>
    ${people.length > MOST && html`<p class="row">${t("here.more", { n: people.length - MOST })}</p>`}
    ${people.length === 0 && state.value === "online" && html`<p class="row quiet">${t("here.none")}</p>`}
  </section>`
}

export function HereButton() {
  if (wide.value) return null
  const n = here.value.size
  return html`<button class="ghost count" type="button" aria-haspopup="dialog" aria-label=${t("here.count", { n })}
    onClick=${() => { sheet.value = true }}><${Icon} name="users" /><span>${n || ""}</span></button>`
}

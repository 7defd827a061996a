// The people slice of the page: who is here, me at the foot, the hint of a first visit, a gate for who may not come in.
import { follow, heed, reduce } from "../../web/static/channels.js"
import * as live from "../../web/static/live.js"
import { add, boot, html, Icon, openSheet, wide } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/words.js"
import { Avatar, here, learn, meet, person } from "./directory.js"
import { Foot } from "./foot.js"
import { dismiss, me, naming, welcomed } from "./me.js"

const MOST = 60

function HereSection() {
  const mine = me.value?.id, ids = [...here.value]
  const people = ids.map(person)
    .sort((a, b) => Number(b.id === mine) - Number(a.id === mine) || a.name.localeCompare(b.name))
  return html`<section class=${`section people ${live.state.value}`}>
    <h2>${t("here.title")} <span>${ids.length || ""}</span></h2>
    <ul aria-label=${t("here.title")}>${people.slice(0, MOST).map(({ id, name }) => html`
      <li class="row" key=${id}><${Avatar} id=${id} small here />
        <span class="label" dir="auto">${name || "…"}</span>${id === mine && html`<small>${t("here.you")}</small>`}
      </li>`)}
    </ul>
    ${people.length > MOST && html`<p class="row">${t("here.more", { n: people.length - MOST })}</p>`}
  </section>`
}

function HereButton() {
  if (wide.value) return null
  const n = here.value.size
  return html`<button class="ghost count" type="button" aria-haspopup="dialog" aria-label=${t("here.count", { n })}
    onClick=${openSheet}><${Icon} name="users" /><span>${n || ""}</span></button>`
}

function rename() {
  naming.value = true
  if (!wide.value) openSheet()
}

function Welcome() {
  const guest = me.value ? me.value.role === "guest" : boot.guests
  if (welcomed.value || !guest) return null
  return html`<aside class="notice" aria-label=${t("welcome.name")}>
    <p>${t("welcome.words", { name: me.value?.name ?? t("me.stranger") })} <span class="roomy">${t("welcome.take")}</span></p>
    <div class="verbs">
      <button class="plain" type="button" onClick=${rename}>${t("welcome.name")}</button>
      <a class="plain roomy" href="/" target="_blank" rel="noopener">${t("welcome.second")}
        <${Icon} name="external-link" /></a>
      <button class="ghost" type="button" aria-label=${t("welcome.dismiss")} onClick=${dismiss}>
        <${Icon} name="x" /></button>
    </div>
  </aside>`
}

function Gate() {
  const page = useSignal(/** @type {import("../../web/static/types").Component | null} */ (null))
  useEffect(() => { import("./closed.js").then(({ Closed }) => { page.value = Closed }) }, [])
  return page.value && html`<${page.value} />`
}

reduce("person", (_, entry) => learn(entry.data))
follow("people:all", { cursor: boot.peopleAsOf ?? [0, ""] })
heed(window => {
  if (window.channel === "people:all") window.items.forEach(learn)
  else meet(window.people)
})
add("sections", HereSection)
add("foot", Foot)
add("actions", HereButton)
add("notices", Welcome)
add("gates", Gate)

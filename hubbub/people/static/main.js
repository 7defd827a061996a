// The people slice of the page: who is online, my account, welcome hint, cards, settings, entry pages.
import { subscribe, onWindow, registerReducer } from "../../web/static/channels.js"
import { lazy } from "../../web/static/lazy.js"
import { connectionState } from "../../web/static/connection.js"
import { navigate } from "../../web/static/router.js"
import { add, addToPalette, boot, html, Icon, route, whenConnected, wide } from "../../web/static/shell.js"
import { addPaletteSource, addSearchTab } from "../../web/static/find.js"
import { tab } from "../../web/static/tabs.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "./avatar.js"
import { openedCard, online, inviting, updatePerson, addPeople, openCard, person } from "./directory.js"
import { Gate, JoinView, SignInView } from "./entry-pages.js"
import { AccountMenu } from "./account-menu.js"
import { setMe, dismissHint, mayInvite, me, renaming, hintDismissed } from "./me.js"

const MAX_SHOWN = 60

function OnlineSection() {
  const mine = me.value?.id, ids = [...online.value]
  const people = ids.map(person)
    .sort((a, b) => Number(b.id === mine) - Number(a.id === mine) || a.name.localeCompare(b.name))
  return html`<section class=${`section people ${connectionState.value}`}>
    <h2>${t("people.here.title")} <span>${ids.length || ""}</span></h2>
    <ul aria-label=${t("people.here.title")}>${people.slice(0, MAX_SHOWN).map(({ id, name, status }) => html`
      <li key=${id}><button class="row" type="button" onClick=${(/** @type {any} */ event) => openCard(id, event.currentTarget)}><${Avatar} id=${id} small here />
        <span class="label" dir="auto">${name || "…"}</span>${id === mine ? html`<small>${t("people.here.you")}</small>` : status && html`<small class="status" dir="auto">${status}</small>`}</button>
      </li>`)}
    </ul>
    ${people.length > MAX_SHOWN && html`<a class="row" href="/people">${t("people.here.more", { n: people.length - MAX_SHOWN })}</a>`}
  </section>`
}

function PeopleItem() { return me.value && html`<li><a class="row" href="/people"><${Icon} name="users" /><span class="label">${t("people.title")}</span></a></li>` }

function InviteItem() {
  return mayInvite() && html`<li><button class="row" type="button" onClick=${() => { inviting.value = {} }}><${Icon} name="user-plus" /><span class="label">${t("people.invite")}</span></button></li>`
}

function chooseName() {
  renaming.value = true
  if (!wide.value) navigate("/settings")
}

function Welcome() {
  const guest = me.value ? me.value.role === "guest" : boot.guests
  if (hintDismissed.value && !boot.setup || !guest) return null
  return html`<aside class="notice" aria-label=${t("people.welcome.name")}>
    <p>${t("people.welcome.words", { name: me.value?.name ?? t("people.me.stranger") })} <span class=${boot.setup ? "" : "wide-only"}>${t(boot.setup ? "people.setup.words" : "people.welcome.take")}</span></p>
    <div class="buttons">
      ${boot.setup && html`<a class="primary" href="/join">${t("people.setup.verb")}</a>`}
      ${!hintDismissed.value && html`<button class="plain" type="button" onClick=${chooseName}>${t("people.welcome.name")}</button>`}
      ${!boot.setup && html`<a class="plain wide-only" href="/" target="_blank" rel="noopener">${t("people.welcome.second")} <${Icon} name="external-link" /></a>`}
      ${!boot.setup && html`<button class="ghost" type="button" aria-label=${t("people.welcome.dismiss")} onClick=${dismissHint}><${Icon} name="x" /></button>`}
    </div>
  </aside>`
}

const Card = lazy(() => import("./person-card.js").then(({ Card }) => Card))
const Invite = lazy(() => import("./invite-dialog.js").then(({ InviteDialog }) => InviteDialog))
function OpenedInvite() { return inviting.value && html`<${Invite} />` }
function OpenedCard() { return openedCard.value && html`<${Card} key=${openedCard.value.id} id=${openedCard.value.id} />` }

registerReducer("person", (_, { data }) => {
  updatePerson(data)
  if (data.id === me.value?.id) setMe(data)
})
subscribe("people:all", { cursor: boot.peopleAsOf ?? [0, ""] })
onWindow(window => {
  if (window.channel === "people:all") window.items.forEach(updatePerson)
  else addPeople(window.people)
})
whenConnected.push(() => import("./kept.js"))
tab({ href: "/settings", icon: "circle-user", title: "people.you", within: /^\/(settings|people)(\/|$)/, when: () => Boolean(me.value), rank: 4 })
add("nav", PeopleItem, 2)
add("nav", InviteItem, 3)
addSearchTab({ name: "people", icon: "users", title: "people.title", rank: 3, component: lazy(() => import("./people-results.js").then(({ PeopleResults }) => PeopleResults)) })
addPaletteSource(() => import("./find-settings.js").then(({ findSettings }) => findSettings))
addToPalette("people.palette.people", "users", () => navigate("/people"))
addToPalette("people.invite", "user-plus", () => { inviting.value = {} }, mayInvite)
addToPalette("people.palette.settings", "settings", () => navigate("/settings"))
add("sections", OnlineSection, 1)
add("foot", AccountMenu)
add("notices", Welcome)
add("gates", Gate)
add("overlays", OpenedCard)
add("overlays", OpenedInvite)
route("/join", JoinView, { bare: true })
route("/sign-in", SignInView, { bare: true })
route("/people", lazy(() => import("./people-view.js").then(({ PeopleView }) => PeopleView)), { heading: () => ({ title: t("people.title"), icon: "users" }) })
route("/settings/:part?", lazy(() => import("./settings.js").then(({ Settings }) => Settings)), { heading: ({ part }) => wide.value || part ? { title: t("people.settings.title"), icon: "settings" } : { title: t("people.you") } })

// The directory of people, with search.
import { html, Icon } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { WindowedList } from "../../web/static/windowed.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "./avatar.js"
import { findPeople, inviting, online, openCard, person } from "./directory.js"
import { mayInvite } from "./me.js"

export function PeopleView() {
  const word = useSignal(""), ids = useSignal(/** @type {number[] | null} */ (null))
  useLoad(() => {
    let stale = false
    findPeople(word.value).then(found => { if (!stale) ids.value = found.map(({ id }) => id) })
    return () => { stale = true }
  }, [word.value])
  return html`<div class="browser">${mayInvite() && html`<button class="primary invite-people" type="button" onClick=${() => { inviting.value = {} }}><${Icon} name="user-plus" />${t("people.invite")}</button>`}<input class="field" type="search" aria-label=${t("people.find")} placeholder=${t("people.find")} dir="auto" value=${word.value}
      onInput=${(/** @type {any} */ event) => { word.value = event.target.value }} />
    <${WindowedList} class="people-list" aria-label=${t("people.title")} items=${ids.value ?? []} row=${(/** @type {number} */ id) => { const who = person(id); return html`<li key=${id}><button class="row" type="button" onClick=${(/** @type {any} */ event) => openCard(id, event.currentTarget)}>
      <${Avatar} id=${id} here=${online.value.has(id)} /><span class="label"><b dir="auto">${who.name}</b><small dir="auto">@${who.handle}${who.status ? ` · ${who.status}` : ""}</small></span><small>${t(`people.role.${who.role}`)}</small></button></li>` }} />
    ${ids.value?.length === 0 && html`<div class="empty"><${Icon} name="users" /><h2>${t("people.none")}</h2></div>`}</div>`
}

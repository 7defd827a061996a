// Above and below the list of settings on a phone: who I am, and what else the menu of the account offers.
import { ConnectionLabel } from "../../web/static/connection-status.js"
import { html, Icon } from "../../web/static/shell.js"
import { accountItems } from "./account-menu.js"
import { Avatar } from "./avatar.js"
import { me, renaming } from "./me.js"
import { NameForm } from "./name-form.js"

export function Who() {
  const who = me.value
  if (!who) return null
  if (renaming.value) return html`<${NameForm} />`
  return html`<section class="you"><${Avatar} id=${who.id} large /><div>
    <h2 class="name" dir="auto">${who.name}</h2>${who.status && html`<p dir="auto">${who.status}</p>`}<${ConnectionLabel} /></div></section>`
}

export function AccountRows() {
  return me.value && html`<ul class="parts">${accountItems(me.value).map(({ icon, label, act }) => html`<li key=${icon}>
    <button class="row" type="button" onClick=${act}><${Icon} name=${icon} /><span class="label">${label}</span></button></li>`)}</ul>`
}

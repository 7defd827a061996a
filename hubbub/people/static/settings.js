// All settings: the parts beside each other, one of them open; on a phone the list, then the part.
import { html, Icon, settings, wide } from "../../web/static/shell.js"
import { t } from "../../web/static/words.js"
import { Appearance } from "./appearance.js"
import { Invites } from "./invites.js"
import { me } from "./me.js"
import { Password } from "./password.js"
import { Place } from "./place.js"
import { Profile } from "./profile.js"
import { Roles } from "./roles.js"
import { SignIns } from "./sign-ins.js"
import { Tokens } from "./tokens.js"

/** @type {Array<[string, string, any, string[]?]>} the part, its icon, what it shows, and for which roles */
const PARTS = [
  ["profile", "circle-user", Profile], ["appearance", "sun", Appearance],
  ["password", "key-round", Password, ["owner", "admin", "member"]], ["sign-ins", "monitor", SignIns, ["owner", "admin", "member"]],
  ["tokens", "terminal", Tokens, ["owner", "admin", "member"]], ["invites", "user-plus", Invites, ["owner", "admin"]],
  ["people", "users", Roles, ["owner", "admin"]], ["place", "house", Place, ["owner", "admin"]],
]

/** @param {{ part?: string }} props */
export function Settings({ part = "" }) {
  const all = /** @type {typeof PARTS} */ ([...PARTS.slice(0, 2), ...settings, ...PARTS.slice(2)])
  const mine = all.filter(([, , , roles]) => !roles || roles.includes(me.value?.role ?? ""))
  const open = mine.find(([name]) => name === part) ?? (wide.value ? mine[0] : null)
  if (!me.value) return null
  const [name, , Part] = open ?? ["", "", null]
  return html`<div class=${open ? "settings open" : "settings"}>
    ${(wide.value || !open) && html`<ul class="parts" aria-label=${t("settings.title")}>${mine.map(([one, icon]) => html`<li key=${one}>
      <a class="row" href=${`/settings/${one}`} aria-current=${one === name ? "page" : undefined}><${Icon} name=${icon} /><span class="label">${t(`settings.${one}`)}</span></a></li>`)}</ul>`}
    ${open && html`<section class="part" key=${name} aria-labelledby="part-title">
      ${!wide.value && html`<a class="back" href="/settings"><${Icon} name="arrow-left" />${t("settings.back")}</a>`}
      <h2 id="part-title">${t(`settings.${name}`)}</h2><${Part} /></section>`}
  </div>`
}


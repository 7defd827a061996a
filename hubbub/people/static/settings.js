// The settings: a list of pages and the open one; on a phone one after the other.
import { html, Icon, settings, wide } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { Appearance } from "./appearance.js"
import { AuditLog } from "./audit-log.js"
import { Device } from "./device.js"
import { Groups } from "./groups-settings.js"
import { Invites } from "./invites.js"
import { me } from "./me.js"
import { OnCall } from "./oncall.js"
import { Password } from "./password.js"
import { ServerSettings } from "./server-settings.js"
import { ServerStatus } from "./server-status.js"
import { Profile } from "./profile.js"
import { Roles } from "./people-and-roles.js"
import { SignIns } from "./sessions.js"
import { Tokens } from "./tokens.js"
import { AccountRows, Who } from "./you.js"

const MEMBERS = ["owner", "admin", "member"], ADMINS = ["owner", "admin"]
/** @type {import("../../web/static/shell.js").Setting[]} */
const PARTS = [
  { name: "profile", icon: "circle-user", title: "people.settings.profile", component: Profile },
  { name: "appearance", icon: "sun", title: "people.settings.appearance", component: Appearance },
  { name: "device", icon: "download", title: "people.settings.device", component: Device, roles: MEMBERS },
  { name: "password", icon: "key-round", title: "people.settings.password", component: Password, roles: MEMBERS },
  { name: "sign-ins", icon: "monitor", title: "people.settings.sign-ins", component: SignIns, roles: MEMBERS },
  { name: "tokens", icon: "terminal", title: "people.settings.tokens", component: Tokens, roles: MEMBERS },
  { name: "on-call", icon: "bell", title: "people.oncall", component: OnCall, roles: MEMBERS },
  { name: "invites", icon: "user-plus", title: "people.settings.invites", component: Invites, roles: ADMINS },
  { name: "groups", icon: "at-sign", title: "people.settings.groups", component: Groups, roles: ADMINS },
  { name: "people", icon: "users", title: "people.settings.people", component: Roles, roles: ADMINS },
  { name: "server", icon: "house", title: "people.settings.server", component: ServerSettings, roles: ADMINS },
  { name: "status", icon: "file-archive", title: "people.settings.status", component: ServerStatus, roles: ADMINS },
  { name: "audit", icon: "file-clock", title: "people.settings.audit", component: AuditLog, roles: ["owner"] },
]

/** The pages that are for me. */
export function mySettings() {
  return [...PARTS.slice(0, 2), ...settings, ...PARTS.slice(2)].filter(({ roles }) => !roles || roles.includes(me.value?.role ?? ""))
}

/** @param {{ part?: string }} props */
export function Settings({ part = "" }) {
  const mine = mySettings()
  const open = mine.find(({ name }) => name === part) ?? (wide.value ? mine[0] : null)
  if (!me.value) return null
  const first = !wide.value && !open
  return html`<div class=${open ? "settings open" : "settings"}>
    ${first && html`<${Who} />`}
    ${(wide.value || !open) && html`<ul class="parts" aria-label=${t("people.settings.title")}>${mine.map(({ name, icon, title }) => html`<li key=${name}>
      <a class="row" href=${`/settings/${name}`} aria-current=${name === open?.name ? "page" : undefined}><${Icon} name=${icon} />
        <span class="label">${t(title)}</span></a></li>`)}</ul>`}
    ${first && html`<${AccountRows} />`}
    ${open && html`<section class="part" key=${open.name} aria-labelledby="part-title">
      <h2 id="part-title">${t(open.title)}</h2><${open.component} /></section>`}
  </div>`
}


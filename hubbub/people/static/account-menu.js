// My account at the foot of the sidebar: name, connection state, menu.
import { ConnectionLabel } from "../../web/static/connection-status.js"
import { send } from "../../web/static/http.js"
import { all, deleteEverything, unsavedNames } from "../../web/static/storage.js"
import * as connection from "../../web/static/connection.js"
import { lazy } from "../../web/static/lazy.js"
import { Menu } from "../../web/static/menu.js"
import { navigate } from "../../web/static/router.js"
import { boot, html, Icon, theme, url, wide } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "./avatar.js"
import { openCard } from "./directory.js"
import { me, renaming } from "./me.js"
import { choose } from "./preferences.js"

const NameForm = lazy(() => import("./name-form.js").then(({ NameForm }) => NameForm))

/** Sign out and delete everything stored in this browser; ask first if something is unsent. */
async function signOut() {
  const n = (await all("outbox")).filter(({ change }) => !change).length
  if (n || unsavedNames().length) toast(n ? t("people.sign.unsent", { n }) : t("people.sign.unsaved"), { danger: true, verb: t("people.sign.anyway"), act: signOutNow })
  else signOutNow()
}

async function signOutNow() {
  await connection.runSignOutHooks()
  const { error } = await send("POST", "/api/sign-out", {})
  if (error) return toast(error, { danger: true })
  await deleteEverything()
  location.assign(url("/sign-in"))
}

/** What I can do with my account. @param {import("./me.js").Person} who */
export function accountItems(who) {
  const guest = who.role === "guest"
  return [
    { icon: "circle-user", label: t("people.me.card"), act: () => openCard(who.id) },
    guest ? { icon: "pencil", label: t("people.me.change"), act: () => { renaming.value = true } } : { icon: "smile", label: t("people.me.status"), act: () => navigate("/settings/profile") },
    { icon: theme.value === "dark" ? "sun" : "moon", label: t(theme.value === "dark" ? "people.theme.to.light" : "people.theme.to.dark"), act: () => { choose("theme", theme.value === "dark" ? "light" : "dark") } },
    wide.value && { icon: "settings", label: t("people.settings.title"), act: () => navigate("/settings") },
    guest ? { icon: "key-round", label: t("people.sign.in"), act: () => navigate(boot.setup ? "/join" : "/sign-in") } : { icon: "log-out", label: t("people.sign.out"), act: signOut },
  ].filter(item => item !== false)
}

export function AccountMenu() {
  const who = me.value
  if (renaming.value && who) return html`<${NameForm} />`
  if (!who) return html`<div class="me"><${ConnectionLabel} /></div>`
  return html`<div class="me"><${Menu} label=${t("people.me.menu", { name: who.name })} variant="row" items=${accountItems(who)}>
    <${Avatar} id=${who.id} /><span class="label"><span class="name" dir="auto">${who.name}</span>
      ${who.status ? html`<span class="status" dir="auto">${who.status}</span>` : html`<${ConnectionLabel} />`}</span>
    <${Icon} name="ellipsis" /><//></div>`
}

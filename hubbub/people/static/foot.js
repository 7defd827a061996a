// Me, at the foot of the sidebar: who I am, how the connection is, and the menu of what is mine.
import { send } from "../../web/static/http.js"
import { all, forget } from "../../web/static/kept.js"
import * as live from "../../web/static/live.js"
import { Menu } from "../../web/static/menu.js"
import { go } from "../../web/static/router.js"
import { boot, choose, html, Icon, StateWord, theme } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { sentence, t } from "../../web/static/words.js"
import { Avatar, openCard } from "./directory.js"
import { me, naming } from "./me.js"
import { NameForm } from "./name-form.js"

/** Nothing of mine stays in this browser; what is not sent yet would be lost, so that is asked about. */
async function leave() {
  const n = (await all("outbox")).length
  if (n) toast(t("sign.unsent", { n }), { danger: true, verb: t("sign.anyway"), act: reallyLeave })
  else reallyLeave()
}

async function reallyLeave() {
  await live.leave()
  const { error } = await send("POST", "/api/sign-out", {})
  if (error !== undefined) return toast(sentence(error), { danger: true })
  await forget()
  location.assign("/sign-in")
}

export function Foot() {
  const who = me.value
  if (naming.value && who) return html`<${NameForm} />`
  if (!who) return html`<div class="me"><${StateWord} /></div>`
  const guest = who.role === "guest"
  const items = [
    { icon: "circle-user", label: t("me.card"), act: () => openCard(who.id) },
    guest ? { icon: "pencil", label: t("me.change"), act: () => { naming.value = true } } : { icon: "smile", label: t("me.status"), act: () => go("/settings/profile") },
    { icon: theme.value === "dark" ? "sun" : "moon", label: t(theme.value === "dark" ? "theme.to.light" : "theme.to.dark"), act: () => choose(theme.value === "dark" ? "light" : "dark") },
    { icon: "settings", label: t("settings.title"), act: () => go("/settings") },
    guest ? { icon: "key-round", label: t("sign.in"), act: () => go(boot.setup ? "/join" : "/sign-in") } : { icon: "log-out", label: t("sign.out"), act: leave },
  ]
  return html`<div class="me"><${Menu} label=${t("me.menu", { name: who.name })} look="row" items=${items}>
    <${Avatar} id=${who.id} /><span class="label"><span class="name" dir="auto">${who.name}</span>
      ${who.status ? html`<span class="status" dir="auto">${who.status}</span>` : html`<${StateWord} />`}</span>
    <${Icon} name="ellipsis" /><//></div>`
}

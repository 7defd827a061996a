// In place of a view: there is nothing at this address, or the server could not show it.
import { boot, html, Icon } from "./shell.js"
import { wasRefused } from "./router.js"
import { t, translated } from "./strings.js"

export function Missing() {
  const refused = wasRefused(), why = refused && boot.problem ? translated(boot.problem).error : t("web.missing.why")
  return html`<div class="empty" role="alert"><${Icon} name=${refused ? "circle-alert" : "map-pin-off"} />
    <h2>${t(refused ? "web.problem.title" : "web.missing.title")}</h2><p>${why}</p>
    <div class="buttons">${refused && html`<button class="plain" type="button" onClick=${() => location.reload()}>${t("web.part.again")}</button>`}
      ${boot.problem?.code === "sign_in" ? html`<a class="primary" href="/sign-in">${t("people.sign.in")}</a>` : html`<a class="plain" href="/">${t("web.missing.home")}</a>`}</div></div>`
}

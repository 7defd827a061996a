// Create an invite link: for the server, or into a room.
import { FieldProblem, useForm } from "../../web/static/form-fields.js"
import { send } from "../../web/static/http.js"
import { html } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { ShareLink } from "./share-link.js"
import { me } from "./me.js"

/** @param {{ channel?: string, onCreated?: () => void }} props */
export function InviteForm({ channel = "", onCreated = () => {} }) {
  const created = useSignal(/** @type {any} */ (null))
  const form = useForm(async ({ role, uses, days }) => {
    const room = channel ? { room: Number(channel.slice(5)) } : {}
    const answer = await send("POST", "/api/invites", { role, uses: Number(uses), days: Number(days), ...room })
    if (answer.error) return answer
    created.value = answer.ok
    onCreated()
  }, "invite-")
  const roles = me.value?.role === "owner" ? ["member", "guest", "admin"] : ["member", "guest"]
  /** @param {string} name @param {string} label @param {any[]} options @param {(one: any) => string} shown @param {any} [chosen] */
  const select = (name, label, options, shown, chosen) => html`<label>${label}<select class="field" ...${form.attributesOf(name)}>
    ${options.map(one => html`<option value=${one} selected=${one === chosen}>${shown(one)}</option>`)}</select></label>`
  return html`${created.value && html`<div class="once"><${ShareLink} ...${created.value} label=${t("people.settings.invites")} /></div>`}
    <form class="form" onSubmit=${form.submit}><div class="pair">
      ${select("role", t("people.invites.role"), roles, one => t(`people.role.${one}`))}
      ${select("uses", t("people.invites.uses"), [1, 5, 25, 100], n => t("people.invites.uses.n", { n }), 5)}
      ${select("days", t("people.tokens.days"), [1, 7, 30], n => t("people.days.n", { n }), 7)}</div>
      <${FieldProblem} form=${form} />
      <div class="buttons"><button class=${created.value ? "plain" : "primary"} aria-busy=${form.busy.value ? "true" : "false"}>${t(created.value ? "people.invites.another" : "people.invites.make")}</button></div></form>`
}

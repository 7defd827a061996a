// The tokens of a bot: create one, which is shown once with a command to copy, and revoke them.
import { url } from "../../web/static/boot.js"
import { ago, dateOf } from "../../web/static/dates.js"
import { Field, FieldProblem, useForm } from "../../web/static/form-fields.js"
import { send } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { CopyField } from "../../people/static/share-link.js"
import { useServerList } from "../../people/static/use-server-list.js"
import { Example } from "./command-example.js"

/** @typedef {import("./types").Bot} Bot */

/** @param {string} secret @param {string} channel */
const command = (secret, channel) => `curl ${new URL(url(`/api/channels/${channel}/entries`), location.href).href} -H 'Authorization: Bearer ${secret}' \\
  -H 'Content-Type: application/json' -d '{"text": "${t("hooks.example.text")}", "key": "backup-1"}'`

/** @param {{ bot: Bot, onChanged: () => Promise<unknown> }} props */
export function BotTokens({ bot, onChanged }) {
  const path = `/api/bots/${bot.id}/tokens`, { list, load, act } = useServerList(path), made = useSignal(""), prefix = `bot-${bot.id}-token-`
  const form = useForm(async ({ name, scope, audited }) => {
    const answer = await send("POST", path, { name, scope, audited: audited === "on" })
    if (answer.error) return answer
    const field = /** @type {HTMLInputElement} */ (document.getElementById(`${prefix}name`))
    field.value = ""
    made.value = answer.ok.secret
    await Promise.all([load(), onChanged()])
  }, prefix)
  return html`<h3>${t("hooks.bots.tokens")}</h3>
    ${made.value && html`<div class="once"><p><b>${t("people.tokens.once")}</b></p><${CopyField} text=${made.value} label=${t("people.settings.tokens")} />
      <${Example} title=${t("hooks.example.curl")} text=${command(made.value, bot.rooms[0] ?? "room:1")} /></div>`}
    ${list.value && list.value.length > 0 && html`<ul class="server-list">${list.value.map(({ id, name, scope, last_used: used, until, audited }) => html`<li key=${id}><${Icon} name="terminal" />
      <span class="label"><b dir="auto">${name}</b><small>${[t(`people.tokens.${scope}`), audited && t("people.tokens.audited.short"), used ? t("people.signins.seen", { when: ago(used) }) : "", until ? t("people.tokens.until", { when: dateOf(until) }) : ""].filter(Boolean).join(" · ")}</small></span>
      <button class="plain" type="button" aria-label=${`${t("people.revoke")} ${name}`} onClick=${() => act("DELETE", `${path}/${id}`).then(onChanged)}>${t("people.revoke")}</button></li>`)}</ul>`}
    <form class="form inline" onSubmit=${form.submit}><${Field} form=${form} name="name" label=${t("people.tokens.name")} required maxlength="40" autocomplete="off" />
      <label>${t("people.tokens.scope")}<select class="field" name="scope">${["write", "read"].map(one => html`<option value=${one}>${t(`people.tokens.${one}`)}</option>`)}</select></label>
      <label class="check"><input type="checkbox" name="audited" />${t("people.tokens.audited")}</label>
      <button class="plain" aria-busy=${form.busy.value ? "true" : "false"}>${t("people.tokens.make")}</button></form><${FieldProblem} form=${form} />`
}

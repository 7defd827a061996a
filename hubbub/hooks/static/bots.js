// The bots that I created, and a form for a new one; owners and admins see those of others, too, and may revoke them.
import { ago } from "../../web/static/dates.js"
import { Field, FieldProblem, Problem, useForm } from "../../web/static/form-fields.js"
import { send } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { Avatar } from "../../people/static/avatar.js"
import { person } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { useServerList } from "../../people/static/use-server-list.js"
import { BotDetails } from "./bot-details.js"

/** @typedef {import("./types").Bot} Bot */

/** @param {{ bot: Bot, isOpen: boolean, onToggle: () => void, onChanged: () => Promise<unknown> }} props */
function Row({ bot, isOpen, onToggle, onChanged }) {
  const notes = [`@${bot.handle}`, t("hooks.bots.rooms.n", { n: bot.rooms.length }), bot.by !== me.value?.id && t("hooks.bots.by", { name: person(bot.by).name }), t("hooks.bots.since", { when: ago(bot.since) })]
  return html`<li><button class="row" type="button" aria-expanded=${isOpen ? "true" : "false"} onClick=${onToggle}>
      <${Avatar} id=${bot.id} /><span class="label"><b dir="auto">${bot.name}</b><small dir="auto">${notes.filter(Boolean).join(" · ")}</small></span>
      <${Icon} name=${isOpen ? "chevron-up" : "chevron-down"} /></button>
    ${isOpen && html`<${BotDetails} bot=${bot} onChanged=${onChanged} />`}</li>`
}

export function Bots() {
  const { list, problem, load } = useServerList("/api/bots"), opened = useSignal(0)
  const form = useForm(async ({ name }) => {
    const answer = await send("POST", "/api/bots", { name })
    if (answer.error) return answer
    const field = /** @type {HTMLInputElement} */ (document.getElementById("bot-name"))
    field.value = ""
    opened.value = answer.ok.id
    await load()
  }, "bot-")
  return html`<section class="form"><h3>${t("hooks.bots")}</h3><p>${t("hooks.bots.why")}</p><${Problem} words=${problem.value} />
    ${list.value && list.value.length > 0 && html`<ul class="hooks" aria-label=${t("hooks.bots")}>${list.value.map((/** @type {Bot} */ bot) => html`<${Row} key=${bot.id} bot=${bot}
      isOpen=${opened.value === bot.id} onToggle=${() => { opened.value = opened.value === bot.id ? 0 : bot.id }} onChanged=${load} />`)}</ul>`}
    <form class="form" onSubmit=${form.submit}><${Field} form=${form} name="name" label=${t("hooks.bots.name")} placeholder=${t("hooks.bots.name.example")} required maxlength="40" autocomplete="off" />
      <${FieldProblem} form=${form} /><div class="buttons"><button class="plain" aria-busy=${form.busy.value ? "true" : "false"}>${t("hooks.bots.create")}</button></div></form></section>`
}

// Above the message field: what a program answered to me alone.
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { person } from "../../people/static/directory.js"
import { Prose } from "../../chat/static/prose.js"
import { notes } from "./notes.js"

/** @param {{ channel: string, root: number }} props */
export function OnlyYou({ channel, root }) {
  return html`<div role="log" aria-label=${t("hooks.only_you")}>${notes.value.filter(note => note.channel === channel && note.thread === root).map(({ id, bot, text, problem }) => html`<div class="over only-you" key=${id}>
    ${bot ? html`<${Avatar} id=${bot} small />` : html`<${Icon} name="circle-alert" />`}
    <div class="said"><small><${Icon} name="eye" />${t("hooks.only_you")}</small>${bot && html`<p class="by"><b dir="auto">${person(bot).name}</b> <span class="bot">${t("people.role.bot")}</span></p>`}
      ${text ? html`<${Prose} text=${text} />` : html`<p>${problem}</p>`}</div>
    <button class="ghost" type="button" aria-label=${t("web.close")} title=${t("web.close")} onClick=${() => { notes.value = notes.value.filter(one => one.id !== id) }}><${Icon} name="x" /></button></div>`)}</div>`
}

// One bot: its rooms, tokens and outgoing webhooks, and how to revoke it.
import { makeKey } from "../../web/static/outbox.js"
import { send } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { toast } from "../../web/static/toast.js"
import { me } from "../../people/static/me.js"
import { leads } from "../../chat/static/actions.js"
import { BotTokens } from "./bot-tokens.js"
import { OutgoingList } from "./outgoing.js"
import { managed, nameOf } from "./places.js"
import { Revoke } from "./revoke.js"

/** @typedef {import("./types").Bot} Bot */

/** The rooms of a bot, and those that I manage, to which I may add it. @param {{ bot: Bot, onChanged: () => Promise<unknown> }} props */
function Rooms({ bot, onChanged }) {
  const others = managed().filter(({ channel, kind }) => kind !== "lobby" && !bot.rooms.includes(channel))
  /** @param {string} method @param {string} channel @param {string} more */
  async function act(method, channel, more = "") {
    const { error } = await send(method, `/api/rooms/${channel.slice(5)}/members${more}`, { key: makeKey(), ...(method === "POST" && { people: [bot.id] }) })
    if (error) toast(error, { danger: true })
    await onChanged()
  }
  return html`<h3>${t("hooks.bots.rooms")}</h3><ul class="places"><li>${`#${nameOf("room:1")}`}</li>
      ${bot.rooms.map(channel => html`<li key=${channel}><span dir="auto">${`#${nameOf(channel)}`}</span>${leads(channel) && html`<button class="ghost" type="button" aria-label=${t("hooks.bots.remove", { room: nameOf(channel) })}
        title=${t("hooks.bots.remove", { room: nameOf(channel) })} onClick=${() => act("DELETE", channel, `/${bot.id}`)}><${Icon} name="x" /></button>`}</li>`)}
      ${others.length > 0 && html`<li><select class="field" aria-label=${t("hooks.bots.add")} onChange=${(/** @type {any} */ { target }) => { const { value } = target; target.value = ""; act("POST", value) }}>
        <option value="">${t("hooks.bots.add")}</option>${others.map(({ channel }) => html`<option value=${channel}>${`#${nameOf(channel)}`}</option>`)}</select></li>`}</ul>
    <p class="hint">${t("hooks.bots.rooms.hint")}</p>`
}

/** @param {{ bot: Bot, onChanged: () => Promise<unknown> }} props */
export function BotDetails({ bot, onChanged }) {
  async function revoke() {
    const { error } = await send("DELETE", `/api/bots/${bot.id}`)
    if (error) toast(error, { danger: true })
    await onChanged()
  }
  return html`<div class="hook-details">
    <${Rooms} bot=${bot} onChanged=${onChanged} />
    ${bot.by === me.value?.id && html`<${BotTokens} bot=${bot} onChanged=${onChanged} /><${OutgoingList} bot=${bot} />`}
    <div class="buttons end"><${Revoke} name=${bot.name} sure=${t("hooks.bots.revoke.sure")} label=${t("hooks.bots.revoke")} act=${revoke} /></div></div>`
}

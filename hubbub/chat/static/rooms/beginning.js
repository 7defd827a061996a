// The beginning of a room: what it is, who created it, and what to do first.
import { connectionState } from "../../../web/static/connection.js"
import { html, Icon, openPanel } from "../../../web/static/shell.js"
import { dayName } from "../../../web/static/dates.js"
import { t } from "../../../web/static/strings.js"
import { Avatar } from "../../../people/static/avatar.js"
import { openCard, person } from "../../../people/static/directory.js"
import { me } from "../../../people/static/me.js"
import { channel as channelOf } from "../../../web/static/channels.js"
import { leads } from "../actions.js"
import { room as roomOf, roomName } from "../user-state.js"
import { iconOf } from "./room-row.js"

/** Who created a room, and when: its first entry says so. @param {{ channel: string }} props */
function CreatedBy({ channel }) {
  const created = channelOf(channel).log.items.find(({ kind }) => kind === "created")
  if (!created) return null
  return html`<p class="hint">${t("chat.beginning.created", { name: person(created.author).name || "…", when: dayName(created.at) })}</p>`
}

/** @param {{ people: number[] }} props */
function Faces({ people }) {
  return html`<div class="faces">${people.slice(0, 5).map(id => html`<button key=${id} type="button"
    onClick=${(/** @type {any} */ event) => openCard(id, event.currentTarget)}><${Avatar} id=${id} large /><span class="visually-hidden">${person(id).name}</span></button>`)}</div>`
}

/** @param {{ channel: string, isEmpty: boolean }} props */
export function Beginning({ channel, isEmpty }) {
  const room = roomOf(channel), kind = room?.kind ?? "lobby", others = room?.people.filter(id => id !== me.value?.id) ?? []
  const type = kind === "direct" ? others.length ? "direct" : "notes" : "room", name = room ? roomName(room) : t("chat.room.lobby")
  const mayInvite = room && room.role !== "" && !["direct", "lobby"].includes(kind) && !room.archived && me.value?.role !== "guest" && connectionState.value === "online"
  const open = () => openPanel({ kind: "room", channel })
  return html`<header class="room-beginning">
    ${type === "direct" ? html`<${Faces} people=${others} />` : html`<${Icon} name=${type === "notes" ? "sticky-note" : room ? iconOf(room) : "hash"} />`}
    <h2 dir="auto">${name}</h2>
    ${room?.topic && html`<p class="topic" dir="auto">${room.topic}</p>`}
    <${CreatedBy} channel=${channel} />
    <p class="hint">${t(isEmpty ? `chat.beginning.${type}.empty` : `chat.beginning.${type}`, { n: others.length })}</p>
    ${mayInvite && html`<div class="buttons"><button class="primary" type="button" onClick=${open}><${Icon} name="user-plus" />${t("chat.beginning.invite")}</button>
      ${leads(channel) && !room.topic && html`<button class="plain" type="button" onClick=${open}><${Icon} name="pencil" />${t("chat.beginning.topic")}</button>`}</div>`}
  </header>`
}

// The room panel: topic, members, and what I may change.
import * as connection from "../../../web/static/connection.js"
import { makeKey } from "../../../web/static/outbox.js"
import { html, Icon } from "../../../web/static/shell.js"
import { toast } from "../../../web/static/toast.js"
import { useEffect, useSignal } from "../../../web/static/vendor/preact.js"
import { WindowedList } from "../../../web/static/windowed.js"
import { t } from "../../../web/static/strings.js"
import { inviting } from "../../../people/static/directory.js"
import { mayInvite, me } from "../../../people/static/me.js"
import { channel as channelOf } from "../../../web/static/channels.js"
import { room as roomOf } from "../user-state.js"
import { leads } from "../actions.js"
import { EditRoom, Invite, Verbs } from "./room-info-forms.js"
import { MemberRow } from "./member-row.js"
import { iconOf } from "./room-row.js"

/** @typedef {{ person: number, role: string }} Member */

/** @param {{ channel: string }} props */
export function RoomInfo({ channel }) {
  const room = roomOf(channel), problem = useSignal(""), editing = useSignal(false)
  const members = useSignal(/** @type {Member[]} */ ([]))
  const load = () => connection.request("members", { channel }).then(({ ok, error }) => {
    problem.value = error ?? ""
    if (ok) members.value = ok
  })
  useEffect(() => {
    load()
    return channelOf(channel).onChange(entry => { if (!entry || ["joined", "left", "role"].includes(entry.kind)) load() })
  }, [channel])
  if (!room) return html`<div class="empty"><p>${problem.value}</p></div>`

  /** @param {string} event @param {object} more */
  const send = (event, more) => connection.request(event, { channel, key: makeKey(), ...more })
  /** @param {string} event @param {object} more */
  async function act(event, more) {
    const { error } = await send(event, more)
    if (error) toast(error, { danger: true })
    return !error
  }
  const manages = room.kind !== "direct" && leads(channel)
  return html`<div class="info">
    ${editing.value ? html`<${EditRoom} room=${room} send=${send} done=${() => { editing.value = false }} />` : html`
      <p class="kind"><${Icon} name=${iconOf(room)} /><span><b>${t(`chat.rooms.kind.${room.kind}`)}</b> · ${t("chat.rooms.members", { n: room.members })}</span></p>
      ${room.topic && html`<p class="topic" dir="auto">${room.topic}</p>`}
      ${manages && !room.archived && html`<button class="plain" type="button" onClick=${() => { editing.value = true }}><${Icon} name="pencil" />${t("chat.rooms.edit")}</button>`}`}
    ${room.role !== "" && room.kind !== "direct" && !room.archived && me.value?.role !== "guest" && html`<${Invite} without=${members.value.map(({ person }) => person)} send=${send} />
      ${mayInvite() && html`<button class="plain" type="button" onClick=${() => { inviting.value = { channel, room: room.name } }}><${Icon} name="link" />${t("chat.rooms.invite.link")}</button>`}`}
    ${room.kind === "lobby" ? html`<p class="muted">${t("chat.rooms.all")}</p>` : html`<${WindowedList} class="members" aria-label=${t("chat.rooms.people")} items=${members.value}
      row=${(/** @type {Member} */ member) => html`<${MemberRow} key=${member.person} member=${member} manages=${manages} act=${act} />`} />`}
    <${Verbs} room=${room} manages=${manages} act=${act} />
  </div>`
}

// The card of a person: profile, whether they are online, and a button to write to them.
import { Dialog } from "../../web/static/dialog.js"
import { get } from "../../web/static/http.js"
import * as connection from "../../web/static/connection.js"
import { navigate } from "../../web/static/router.js"
import { html, Icon } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { dateOf, timeIn } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "./avatar.js"
import { openedCard, online, updatePerson, person } from "./directory.js"
import { me } from "./me.js"

function close() { openedCard.value = null }

/** @param {{ id: number }} props */
export function Card({ id }) {
  const who = person(id), since = useSignal(0), zone = useSignal(""), mine = me.value?.id === id
  useEffect(() => { get(`/api/people/${id}`).then(({ ok }) => { if (ok) { updatePerson(ok.person); since.value = ok.since; zone.value = ok.zone } }) }, [id])
  async function write() {
    const { ok, error } = await connection.request("open_direct", { people: [id] })
    if (error) { toast(error, { danger: true }); return }
    close()
    navigate(`/room/${ok.channel.slice(5)}`)
  }
  const time = zone.value && timeIn(zone.value)
  return html`<${Dialog} title=${who.name || "…"} onClose=${close} variant="card" anchor=${openedCard.value?.anchor}><div class="card">
    <${Avatar} id=${id} large /><div><p class="handle" dir="auto">@${who.handle}</p>
      <p>${t(`people.role.${who.role || "member"}`)}${who.banned ? ` · ${t("people.roles.banned")}` : ""}</p>
      ${who.status && html`<p class="status" dir="auto">${who.status}</p>`}
      ${time && html`<p class="local-time"><${Icon} name="clock-4" />${t("people.card.time", { time })}</p>`}
      <p class=${online.value.has(id) ? "state online" : "state"}>${t(online.value.has(id) ? "people.card.here" : "people.card.away")}${since.value ? `, ${t("people.card.since", { when: dateOf(since.value) })}` : ""}</p></div></div>
    <div class="buttons">${!who.banned && who.role !== "bot" && me.value?.role !== "guest" && html`<button class="primary" type="button" onClick=${write}><${Icon} name="message-circle" />${mine ? t("chat.direct.self") : t("people.card.message")}</button>`}
      ${mine && html`<button class="plain" type="button" onClick=${() => { close(); navigate("/settings/profile") }}>${t("people.card.settings")}</button>`}</div><//>`
}

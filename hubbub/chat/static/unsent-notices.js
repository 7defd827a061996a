// Refused messages in rooms that are not open: a link to each, or its text if there is no way back.
import { jobs, outbox } from "../../web/static/channels.js"
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { copy } from "./actions.js"
import { addressOf, isCurrent } from "./rooms/room-row.js"
import { room as roomOf, roomName } from "./user-state.js"

/** @param {{ job: import("../../web/static/types").Job }} props */
function One({ job: { payload: { channel, key, text }, words = "" } }) {
  const room = roomOf(channel)
  if (room && isCurrent(addressOf(room))) return null
  if (room) {
    return html`<div class="notice" role="status"><p>${t("chat.unsent.there", { room: roomName(room), reason: words })}</p>
      <div class="buttons"><a class="plain" href=${addressOf(room)}>${t("chat.unsent.look")}</a></div></div>`
  }
  return html`<div class="notice" role="status"><p>${t("chat.unsent.gone")} <q dir="auto">${text}</q></p>
    <div class="buttons">
      <button class="plain" type="button" onClick=${() => copy(text, t("chat.copied.text"))}>${t("chat.message.copy")}</button>
      <button class="plain" type="button" onClick=${() => outbox.discard(key)}>${t("chat.message.discard")}</button>
    </div></div>`
}

export function UnsentNotices() {
  return jobs.value.filter(({ event, state }) => event === "post" && state === "failed").map(job => html`<${One} key=${job.payload.key} job=${job} />`)
}

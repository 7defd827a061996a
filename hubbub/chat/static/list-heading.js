// The heading of an entry in the lists of drafts, saved messages, threads and unread conversations.
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { addressOf, iconOf } from "./rooms/room-row.js"
import { room, roomName } from "./user-state.js"

/** The room that something is in, and what can be done with it. @param {{ channel: string, more?: any, children?: any }} props */
export function Heading({ channel, more, children }) {
  const here = room(channel)
  return html`<p class="in">${here ? html`<a href=${addressOf(here)}><${Icon} name=${iconOf(here)} /><span dir="auto">${roomName(here)}</span></a>` : html`<span>${t("chat.room.some")}</span>`}
    ${more && html`<span>${more}</span>`}<span class="verbs">${children}</span></p>`
}

// The dialog that invites people by a link, opened from the sidebar, the directory, the palette and a room.
import { Dialog } from "../../web/static/dialog.js"
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { inviting } from "./directory.js"
import { InviteForm } from "./invite-form.js"

export function InviteDialog() {
  const { channel = "", room = "" } = inviting.value ?? {}
  return html`<${Dialog} title=${room ? t("people.invite.room", { room }) : t("people.invite")} onClose=${() => { inviting.value = null }}>
    <div class="invite"><p>${room ? t("people.invites.room.why", { room }) : t("people.invites.why")}</p><${InviteForm} channel=${channel} /></div><//>`
}

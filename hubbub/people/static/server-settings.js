// Settings of the server.
import { get, send } from "../../web/static/http.js"
import { html } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"

export function ServerSettings() {
  const guests = useSignal(/** @type {boolean | null} */ (null))
  useEffect(() => { get("/api/settings").then(({ ok }) => { if (ok) guests.value = ok.guests }) }, [])
  /** @param {any} event */
  async function change(event) {
    const { ok, error } = await send("PATCH", "/api/settings", { guests: event.target.checked })
    if (ok) guests.value = ok.guests
    else { event.target.checked = guests.value; toast(error ?? "", { danger: true }) }
  }
  return html`<div class="form"><label class="check"><input type="checkbox" checked=${guests.value === true} disabled=${guests.value === null} onChange=${change} /> ${t("people.server.guests")}</label>
    <p class="hint">${t("people.server.guests.why")}</p></div>`
}

// A row above my name while I do not want to be disturbed, and commands for it in the palette.
import { sinceOf } from "../../web/static/dates.js"
import { preference } from "../../web/static/preferences.js"
import { navigate } from "../../web/static/router.js"
import { now } from "../../web/static/server-clock.js"
import { addToPalette, html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { effect, signal } from "../../web/static/vendor/preact.js"
import { quietEnds } from "./quiet.js"
import { quietFor } from "./quiet-settings.js"

const LOOK = 15_000, HOUR = 3600 // milliseconds, seconds
/** When the quiet time of now ends; 0 if there is none. */
const ends = signal(0)

function QuietSign() {
  if (!ends.value) return null
  return html`<button class="row quiet-sign" type="button" onClick=${() => navigate("/settings/notifications")}><${Icon} name="moon" />
    <span class="label">${t("notifications.quiet.until", { when: sinceOf(ends.value) })}</span></button>`
}

/** Start to look at the time; return what to show. */
export function startQuietSign() {
  effect(() => { ends.value = quietEnds(now()) })
  setInterval(() => { ends.value = quietEnds(now()) }, LOOK)
  addToPalette("notifications.quiet.start", "moon", () => quietFor(HOUR), () => !ends.value)
  addToPalette("notifications.quiet.stop", "bell", () => quietFor(0), () => Number(preference("quiet_until", "")) > now())
  return QuietSign
}

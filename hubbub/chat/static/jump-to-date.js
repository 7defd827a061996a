// The day of the messages in view, above them; it leads to the first message of another day.
import { get } from "../../web/static/http.js"
import { Menu } from "../../web/static/menu.js"
import { navigate } from "../../web/static/router.js"
import { html, Icon } from "../../web/static/shell.js"
import { now } from "../../web/static/server-clock.js"
import { toast } from "../../web/static/toast.js"
import { dayName, dayOf } from "../../web/static/dates.js"
import { useRef } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"

const DAY = 86400

/** Show the first message from a moment on. @param {string} channel @param {number} at UTC seconds */
async function jump(channel, at) {
  const { ok, error } = await get(`/api/channels/${channel}/entry-at?at=${at}`)
  if (error) toast(error, { danger: true })
  else if (ok) navigate(`/room/${channel.slice(5)}/${ok}`)
  else toast(t("chat.jump.none"))
}

/** A day as the date field of a browser writes it. @param {number} at UTC seconds */
function dateOf(at) {
  const day = new Date(at * 1000), two = (/** @type {number} */ n) => String(n).padStart(2, "0")
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}

/** @param {{ channel: string, at: number }} props the day that is in view */
export function DayInView({ channel, at }) {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null)), today = dayOf(now()) / 1000
  /** @param {any} event */
  const choose = event => { if (event.target.valueAsDate) jump(channel, new Date(`${event.target.value}T00:00`).getTime() / 1000) }
  const items = [
    ...[["today", 0], ["yesterday", 1], ["week", 7], ["month", 30]].map(([name, days]) => ({ icon: "calendar", label: t(`chat.jump.${name}`), act: () => jump(channel, dayOf(today - Number(days) * DAY + DAY / 2) / 1000) })),
    { icon: "arrow-up", label: t("chat.jump.beginning"), act: () => jump(channel, 0) },
    { icon: "search", label: t("chat.jump.pick"), act: () => { field.current?.showPicker() } },
  ]
  return html`<div class="day-in-view"><${Menu} label=${t("chat.jump.label")} items=${items} variant="day"><span>${dayName(at)}</span><${Icon} name="chevron-down" /><//>
    <input type="date" tabindex="-1" aria-label=${t("chat.jump.pick")} ref=${field} max=${dateOf(today)} value=${dateOf(at)} onChange=${choose} /></div>`
}

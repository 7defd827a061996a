// Do not disturb, until a moment or every week; the same on all my devices.
import { dateFormat, sinceOf } from "../../web/static/dates.js"
import { preference } from "../../web/static/preferences.js"
import { now } from "../../web/static/server-clock.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { choose } from "../../people/static/preferences.js"
import { parseHours, quietEnds, writeHours } from "./quiet.js"

const MONDAY = Date.UTC(2024, 0, 1, 12) / 1000, DAY = 24 * 3600, MORNING = 8 // o'clock
const weekday = dateFormat({ weekday: "short" }), wholeWeekday = dateFormat({ weekday: "long" })
const WORKDAYS = [0, 1, 2, 3, 4]

/** Tomorrow at eight, in UTC seconds. */
const tomorrow = () => new Date(new Date().setHours(24 + MORNING, 0, 0, 0)).getTime() / 1000

/** Do not disturb me for this long; 0 ends it. @param {number} seconds */
export function quietFor(seconds) { return choose("quiet_until", seconds ? `${Math.round(now() + seconds)}` : "") }

function Now() {
  const until = Number(preference("quiet_until", "")), ends = quietEnds(now())
  if (ends) return html`<p class="quiet-now" role="status"><${Icon} name="moon" /><span>${t("notifications.quiet.until", { when: sinceOf(ends) })}</span>
    ${until > now() && html`<button class="plain" type="button" onClick=${() => quietFor(0)}>${t("notifications.quiet.end")}</button>`}</p>`
  return html`<div class="quiet-choices">
    ${/** @type {const} */ ([["half", 1800], ["hour", 3600], ["four", 4 * 3600]]).map(([name, seconds]) => html`<button class="plain" type="button" onClick=${() => quietFor(seconds)}>${t(`notifications.quiet.${name}`)}</button>`)}
    <button class="plain" type="button" onClick=${() => quietFor(tomorrow() - Date.now() / 1000)}>${t("notifications.quiet.tomorrow")}</button></div>`
}

function Weekly() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const mine = parseHours(preference("quiet_hours", "")), shown = mine ?? { from: "22:00", to: "07:00", days: WORKDAYS, zone }
  /** @param {Partial<typeof shown>} changes */
  const change = changes => choose("quiet_hours", writeHours({ ...shown, ...changes }))
  /** @param {"from" | "to"} side */
  const time = side => html`<label>${t(`notifications.quiet.${side}`)}<input class="field" type="time" required value=${shown[side]}
    onChange=${(/** @type {any} */ event) => { if (event.target.value) change({ [side]: event.target.value }) }} /></label>`
  return html`<label class="check"><input type="checkbox" checked=${Boolean(mine)} onChange=${() => (mine ? choose("quiet_hours", "") : change({ zone }))} /> ${t("notifications.quiet.weekly")}</label>
    ${mine && html`<div class="quiet-hours">${time("from")}${time("to")}</div>
      <fieldset class="weekdays"><legend>${t("notifications.quiet.days")}</legend>${[0, 1, 2, 3, 4, 5, 6].map(day => html`<label key=${day} title=${wholeWeekday().format((MONDAY + day * DAY) * 1000)}>
        <input type="checkbox" checked=${mine.days.includes(day)} aria-label=${wholeWeekday().format((MONDAY + day * DAY) * 1000)}
          onChange=${() => change({ days: mine.days.includes(day) ? mine.days.filter(other => other !== day) : [...mine.days, day].sort() })} />${weekday().format((MONDAY + day * DAY) * 1000)}</label>`)}</fieldset>
      <p class="hint">${t("notifications.quiet.zone", { zone: mine.zone.replaceAll("_", " ") })}
        ${mine.zone !== zone && html` <button class="link" type="button" onClick=${() => change({ zone })}>${t("notifications.quiet.zone.here", { zone: zone.replaceAll("_", " ") })}</button>`}</p>`}`
}

export function QuietSettings() {
  return html`<h3>${t("notifications.quiet.title")}</h3><div class="form"><${Now} />
    <p class="hint">${t("notifications.quiet.about")}</p><${Weekly} /></div>`
}

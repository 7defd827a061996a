// Quiet times: while one lasts, nothing rings on my devices except what is urgent; the same rule as in quiet.py.
import { preference } from "../../web/static/preferences.js"

/** Weekly quiet hours: from and to, as "22:00"; weekdays on which they begin (0: Monday). @typedef {{ from: string, to: string, days: number[], zone: string }} Hours */

const DAY = 1440 // minutes
/** @param {string} time */
const minutesOf = time => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

/** Parse the preference `quiet_hours`; null for none. @param {string} value @returns {Hours | null} */
export function parseHours(value) {
  const found = /^(..:..)-(..:..) (\d+) (\S+)$/.exec(value)
  return found && { from: found[1], to: found[2], days: [...found[3]].map(Number), zone: found[4] }
}

/** @param {Hours} hours */
export function writeHours({ from, to, days, zone }) { return days.length ? `${from}-${to} ${days.join("")} ${zone}` : "" }

/** The weekday (0: Monday) and the minute of it, in a time zone. @param {number} at UTC seconds @param {string} zone */
function placeIn(at, zone) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(at * 1000)
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, value]))
  return { day: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(part.weekday), minute: minutesOf(`${part.hour}:${part.minute}`) }
}

/** Return an end by the clock on the wall: summer time may begin or end before it. @param {number} end @param {Hours} hours */
function placed(end, { to, zone }) {
  const off = minutesOf(to) - placeIn(end, zone).minute
  return end + ((off + DAY * 3 / 2) % DAY - DAY / 2) * 60
}

/**
 * Return when the quiet time of now ends, in UTC seconds; 0 if there is none.
 * @param {number} now UTC seconds @param {string} [until] @param {string} [weekly]
 */
export function quietEnds(now, until = preference("quiet_until", ""), weekly = preference("quiet_hours", "")) {
  const chosen = Number(until) > now ? Number(until) : 0, hours = parseHours(weekly)
  if (!hours) return chosen
  const { day, minute } = placeIn(now, hours.zone), begin = minutesOf(hours.from)
  const length = (minutesOf(hours.to) - begin + DAY) % DAY || DAY
  for (const back of [0, 1]) {
    const since = minute + back * DAY - begin
    if (hours.days.includes((day - back + 7) % 7) && since >= 0 && since < length) return Math.max(chosen, placed(now - now % 60 + (length - since) * 60, hours))
  }
  return chosen
}

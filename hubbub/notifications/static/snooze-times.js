// The times that one may put something off until, in the time zone of this device.
import { dateFormat, dayOf, timeOf } from "../../web/static/dates.js"
import { now } from "../../web/static/server-clock.js"

const MORNING = 9, MONDAY = 1, WEEK = 7
const weekday = dateFormat({ weekday: "short", hour: "numeric", minute: "2-digit" })
const day = dateFormat({ weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" })

/** Nine o'clock some days after a moment; a day has not always 24 hours. @param {number} at UTC seconds @param {number} days */
export function morning(at, days) {
  const date = new Date(at * 1000)
  date.setDate(date.getDate() + days)
  return date.setHours(MORNING, 0, 0, 0) / 1000
}

/** The times to choose from; `name` is part of the id of a string. @param {number} [at] UTC seconds @returns {Array<{ name: string, at: number }>} */
export function snoozeTimes(at = now()) {
  const toMonday = (MONDAY - new Date(at * 1000).getDay() + WEEK) % WEEK || WEEK
  return [
    { name: "minutes", at: at + 20 * 60 }, { name: "hours", at: at + 3 * 3600 }, { name: "tomorrow", at: morning(at, 1) },
    ...toMonday === 1 ? [] : [{ name: "monday", at: morning(at, toMonday) }],
  ]
}

/** A moment to come, as short as it is clear: the time today, the weekday within a week, else the date. @param {number} until UTC seconds */
export function whenOf(until) {
  const days = Math.round((dayOf(until) - dayOf(now())) / 864e5)
  return days === 0 ? timeOf(until) : (days < WEEK ? weekday : day)().format(until * 1000)
}

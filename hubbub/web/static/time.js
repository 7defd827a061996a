// Moments as people read them: formatters are costly to build and cheap to use again.
import { t } from "./words.js"

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" })
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" })
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" })

/** @param {number} at UTC seconds */
export function timeOf(at) { return clock.format(at * 1000) }

/** @param {number} at UTC seconds */
export function momentOf(at) { return full.format(at * 1000) }

/** @param {number} at UTC seconds @returns {number} local midnight before it, in milliseconds */
export function dayOf(at) { return new Date(at * 1000).setHours(0, 0, 0, 0) }

/** @param {number} at UTC seconds */
export function dayName(at) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - dayOf(at)) / 864e5)
  if (days === 0) return t("days.today")
  if (days === 1) return t("days.yesterday")
  return (days > 300 ? dayOfYear : day).format(at * 1000)
}

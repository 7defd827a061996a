// Times and days as people read them, in the language of the page; all arguments are UTC seconds.
import { now } from "./server-clock.js"
import { preference } from "./preferences.js"
import { locale, once, t } from "./strings.js"

/**
 * Return the formatter with these options, for the reader's clock of 12 or 24 hours.
 * @param {Intl.DateTimeFormatOptions} options @returns {() => Intl.DateTimeFormat}
 */
export function dateFormat(options) {
  /** @type {Map<string, Intl.DateTimeFormat>} */
  const formats = new Map()
  return () => {
    const clock = preference("clock")
    if (!formats.has(clock)) formats.set(clock, new Intl.DateTimeFormat(locale(), { ...options, hourCycle: HOURS[clock] }))
    return /** @type {Intl.DateTimeFormat} */ (formats.get(clock))
  }
}
/** @type {Record<string, "h12" | "h23" | undefined>} */
const HOURS = { 12: "h12", 24: "h23" }

const clock = dateFormat({ hour: "numeric", minute: "2-digit" })
const day = dateFormat({ weekday: "long", day: "numeric", month: "long" })
const dayOfYear = dateFormat({ day: "numeric", month: "long", year: "numeric" })
const shortDay = dateFormat({ day: "numeric", month: "short", hour: "numeric", minute: "2-digit" })
const full = dateFormat({ dateStyle: "full", timeStyle: "medium" })

/** @param {number} at UTC seconds */
export function timeOf(at) { return clock().format(at * 1000) }

/** The time of now in another time zone; empty if this browser does not know it. @param {string} zone */
export function timeIn(zone) {
  try { return dateFormat({ weekday: "short", hour: "numeric", minute: "2-digit", timeZone: zone })().format(now() * 1000) } catch { return "" }
}

/** @param {number} at UTC seconds */
export function momentOf(at) { return full().format(at * 1000) }

/** A day within a sentence, such as "3 November 2026". @param {number} at UTC seconds */
export function dateOf(at) { return dayOfYear().format(at * 1000) }

/** The time of a moment today, the day of an earlier one. @param {number} at UTC seconds */
export function sinceOf(at) { return dayOf(at) === dayOf(now()) ? timeOf(at) : shortDay().format(at * 1000) }

/** @param {number} at UTC seconds @returns {number} local midnight before it, in milliseconds */
export function dayOf(at) { return new Date(at * 1000).setHours(0, 0, 0, 0) }

/** @param {number} at UTC seconds */
export function dayName(at) {
  const days = Math.round((dayOf(now()) - dayOf(at)) / 864e5)
  if (days === 0) return t("web.days.today")
  if (days === 1) return t("web.days.yesterday")
  return (days > 300 ? dayOfYear : day)().format(at * 1000)
}

const relative = once(() => new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" }))
/** @type {Array<[Intl.RelativeTimeFormatUnit, number]>} */
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]]

/** How long ago, in words; beyond a week the day. @param {number} at UTC seconds */
export function ago(at) {
  const seconds = Math.max(0, now() - at)
  if (seconds > 7 * 86400) return (seconds > 300 * 86400 ? dayOfYear : day)().format(at * 1000)
  const unit = UNITS.find(([, size]) => seconds >= size)
  return unit ? relative().format(-Math.floor(seconds / unit[1]), unit[0]) : t("web.days.now")
}

/** Return a moment as the value of a `datetime-local` field, in the time zone of this device. @param {number} at UTC seconds */
export function fieldOf(at) {
  const date = new Date(at * 1000)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

// Format values: as many digits as they need, changes with a sign, direction.
import { t } from "../../web/static/strings.js"

const plain = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const small = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 4 })
const percents = new Intl.NumberFormat(undefined, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" })

const tiny = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 })
const group = plain.formatToParts(12345).find(({ type }) => type === "group")?.value ?? ""
const grouped = /[.,]/.test(group) ? new RegExp(`^-?\\d{1,3}(\\${group}\\d{3})+([.,]\\d*)?$`) : null

/** @param {number} value */
export function number(value) {
  const size = Math.abs(value)
  return (size >= 1 || !size ? plain : size < .01 ? tiny : small).format(value)
}

/** Format the labels of an axis with as many digits as its step needs. @param {number[]} values @param {number} step */
export function axisLabels(values, step) {
  const digits = Math.max(2, Math.min(20, Math.ceil(-Math.log10(step))))
  const short = Math.max(...values.map(Math.abs)) >= 1e6
  const format = new Intl.NumberFormat(undefined, short ? { notation: "compact", maximumSignificantDigits: 6 } : { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return values.map(value => format.format(value))
}

/**
 * Parse a number typed with the separators of the user's language; a single comma or point is the decimal separator.
 * @param {string} text
 */
export function parseNumber(text) {
  const bare = text.replace("−", "-").replace(/[\s'’]/g, "")
  return bare ? Number((grouped?.test(bare) ? bare.replaceAll(group, "") : bare).replace(",", ".")) : NaN
}

/** @param {number} value */
export function signedNumber(value) { return `${value > 0 ? "+" : value < 0 ? "−" : "±"}${number(Math.abs(value))}` }

/** @param {number} now @param {number} before */
export function percent(now, before) { return before ? percents.format((now - before) / Math.abs(before)).replace("-", "−") : "" }

/** The direction between two values, as a class, a sign and a word. @param {number} now @param {number} before */
export function direction(now, before) {
  if (now > before) return { className: "up", sign: "▲", word: t("feeds.up") }
  if (now < before) return { className: "down", sign: "▼", word: t("feeds.down") }
  return { className: "even", sign: "▬", word: t("feeds.even") }
}

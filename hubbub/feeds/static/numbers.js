// Format values: as many digits as they need, changes with a sign, direction.
import { locale, once, t } from "../../web/static/strings.js"

const percents = once(() => new Intl.NumberFormat(locale(), { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" }))

/** The formats by number of decimals. @type {Map<number, Intl.NumberFormat>} */
const formats = new Map()
/** @param {number} decimals */
function withDecimals(decimals) {
  const found = formats.get(decimals) ?? new Intl.NumberFormat(locale(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
  formats.set(decimals, found)
  return found
}

/**
 * How many decimals these values were sent with: at least two. A value with more than 15 digits was calculated; 12 of them are shown.
 * @param {number[]} values
 */
export function decimalsOf(...values) {
  return Math.max(2, ...values.map(value => {
    const digits = value.toExponential().replace(/e.*|\D/g, "").length
    const [, decimals = "", exponent = "0"] = /^-?\d+(?:\.(\d+))?(?:e([-+]\d+))?$/.exec(String(digits > 15 ? Number(value.toPrecision(12)) : value)) ?? []
    return Math.min(20, decimals.length - Number(exponent))
  }))
}

/** @param {number} value @param {number} [decimals] of the values beside it */
export function number(value, decimals = 0) { return withDecimals(Math.max(decimals, decimalsOf(value))).format(value) }

/** Format the labels of an axis with as many digits as its step needs. @param {number[]} values @param {number} step */
export function axisLabels(values, step) {
  const digits = Math.max(2, Math.min(20, Math.ceil(-Math.log10(step))))
  const short = Math.max(...values.map(Math.abs)) >= 1e6
  const format = new Intl.NumberFormat(locale(), short ? { notation: "compact", maximumSignificantDigits: 6 } : { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return values.map(value => format.format(value))
}

/** The change between two values. @param {number} now @param {number} before */
export function change(now, before) {
  const sign = now > before ? "+" : now < before ? "−" : "±"
  return sign + withDecimals(decimalsOf(now, before)).format(Math.abs(now - before))
}

/** @param {number} now @param {number} before */
export function percent(now, before) { return before ? percents().format((now - before) / Math.abs(before)).replace("-", "−") : "" }

/** The direction between two values, as a class, a sign and a word. @param {number} now @param {number} before */
export function direction(now, before) {
  if (now > before) return { className: "up", sign: "▲", word: t("feeds.up") }
  if (now < before) return { className: "down", sign: "▼", word: t("feeds.down") }
  return { className: "even", sign: "▬", word: t("feeds.even") }
}

// Numbers as people type them, in any digits and with the separators of their language; what may mean two numbers is refused.
import { locale } from "../../web/static/strings.js"

const MARKS = /[\u200e\u200f\u061c\u2066-\u2069]/g // of direction
const GROUPED = /^\d{1,3}(?:,\d{3})+$|^\d{1,2}(?:,\d{2})*,\d{3}$/ // 1,234,567, and 12,34,567 as in India
const MAX_DIGITS = 15 // more do not fit into a number

/** Return the ASCII digit of a digit in any script. @param {string} digit */
function asciiDigit(digit) {
  const code = digit.codePointAt(0) ?? 0
  let first = code
  while (/^\p{Nd}$/u.test(String.fromCodePoint(first - 1))) first--
  return String((code - first) % 10)
}

/** Return the text in ASCII, with `_` for what can only separate groups, and `!` for what can only be the point. @param {string} text */
function plain(text) {
  return text.replace(MARKS, "").trim().replaceAll("．", ".").replaceAll("，", ",").replace(/\p{Nd}/gu, asciiDigit).replace(/^[−‐–﹣]/, "-").replace(/^\+/, "")
    .replaceAll("٫", "!").replace(/[\s'’ʼ٬_]/g, "_")
}

/** The decimal separator of a language. @param {string} language */
function pointOf(language) { return new Intl.NumberFormat(language).formatToParts(.5).find(({ type }) => type === "decimal")?.value }

/** Return the number whose groups are separated by `group`, and its decimals by `point`; NaN if they are not. @param {string} digits @param {string} group @param {string} point */
function numberOf(digits, group, point) {
  const [whole, decimals = "", ...more] = point ? digits.split(point) : [digits]
  const joined = group && whole.includes(group) ? (GROUPED.test(whole.replaceAll(group, ",")) ? whole.replaceAll(group, "") : "?") : whole
  const significant = `${joined}${decimals}`.replace(/^0+|0+$/g, "")
  const isNumber = !more.length && /^\d*$/.test(joined) && /^\d*$/.test(decimals) && joined + decimals !== "" && significant.length <= MAX_DIGITS
  return isNumber ? Number(`${joined || "0"}.${decimals || "0"}`) : NaN
}

/**
 * Read a number. `value` is NaN if it is none; `other` is there if it is not clear which one is meant.
 * @param {string} text @param {string} [language] of the reader, that of the page by default @returns {{ value: number, other?: number }}
 */
export function readNumber(text, language = locale()) {
  const bare = plain(text), sign = bare.startsWith("-") ? -1 : 1, digits = bare.replace(/^-/, "")
  if (/^\d+(?:\.\d+)?e[-+]?\d+$/i.test(digits)) return { value: sign * Number(digits) }
  const used = [...new Set(digits.replace(/[\d_]/g, ""))]
  if (digits.includes("!")) return { value: sign * numberOf(digits, "_", "!") }
  if (digits.includes("_") || used.length === 2) { // other groups, or two separators: the last one is the point
    const point = [...digits].findLast(one => one === "." || one === ",") ?? ""
    return { value: sign * numberOf(digits, digits.includes("_") ? "_" : used.find(one => one !== point) ?? "", point) }
  }
  const [separator = ""] = used
  if (!separator) return { value: sign * numberOf(digits, "", "") }
  if (!/[.,]/.test(separator)) return { value: NaN }
  const grouped = sign * numberOf(digits, separator, ""), decimal = sign * numberOf(digits, "", separator)
  if (Number.isNaN(decimal)) return { value: grouped }
  return Number.isNaN(grouped) || digits.startsWith("0") || separator === pointOf(language) ? { value: decimal } : { value: grouped, other: decimal }
}

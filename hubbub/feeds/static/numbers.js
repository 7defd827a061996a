// Values as people read them: as many digits as they need, changes with a sign, and which way they went.
import { t } from "../../web/static/words.js"

const plain = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const small = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 4 })
const percents = new Intl.NumberFormat(undefined, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" })

/** @param {number} value */
export function number(value) { return (Math.abs(value) < 1 && value !== 0 ? small : plain).format(value) }

/** @param {number} value */
export function signed(value) { return `${value > 0 ? "+" : value < 0 ? "−" : "±"}${number(Math.abs(value))}` }

/** @param {number} now @param {number} before */
export function percent(now, before) { return before ? percents.format(now / before - 1) : "" }

/** The way from one value to another, as a class, a sign and a word. @param {number} now @param {number} before */
export function way(now, before) {
  if (now > before) return { look: "up", sign: "▲", word: t("feeds.up") }
  if (now < before) return { look: "down", sign: "▼", word: t("feeds.down") }
  return { look: "even", sign: "▬", word: t("feeds.even") }
}

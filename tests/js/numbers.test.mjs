// Values keep the digits that their source sent; no exponent is ever shown.
import "./browser-globals.mjs"
import assert from "node:assert/strict"
import { test } from "node:test"
import { change, decimalsOf, number } from "../../hubbub/feeds/static/numbers.js"
import { utcAsLocal } from "../../hubbub/feeds/static/chart-options.js"
import { readNumber } from "../../hubbub/feeds/static/read-number.js"

test("a value is shown with the digits that were sent, and at least two decimals", () => {
  for (const [value, shown] of [
    [1.08456, "1.08456"], [1.085, "1.085"], [185, "185.00"], [185.2, "185.20"], [0, "0.00"], [-0.5, "-0.50"], [1.2e-7, "0.00000012"],
    [123457000000, "123,457,000,000.00"], [1e15, "1,000,000,000,000,000.00"], [97.13333333333334, "97.1333333333"], [1234567.123456, "1,234,567.123456"], [1234567890123.45, "1,234,567,890,123.45"], [-0.000123456789012345, "-0.000123456789012345"], [0.1 + 0.2, "0.30"],
  ]) assert.equal(number(value), shown)
})

test("values beside each other have equally many decimals", () => {
  assert.equal(decimalsOf(1.08456, 1.08, 2), 5)
  assert.equal(number(1.08, 5), "1.08000")
  assert.equal(change(1.08456, 1.08), "+0.00456")
  assert.equal(change(1.08, 1.1), "−0.02")
  assert.equal(change(5, 5), "±0.00")
})

/** By language: what is typed, and what it means; two numbers where that is not clear. */
const TYPED = {
  en: [["1,234.56", 1234.56], ["1.234,56", 1234.56], ["1.085", 1.085], ["1,5", 1.5], ["12,345", 12345, 12.345], ["0,085", .085], ["1,234,567", 1234567], ["1.234.567", 1234567],
    ["-3", -3], ["−3", -3], ["+.5", .5], ["5.", 5], ["1 234.5", 1234.5], ["1’234.5", 1234.5], ["12,34,567.8", 1234567.8], ["1.2e-7", 1.2e-7], ["１２．５", 12.5]],
  de: [["1.234,56", 1234.56], ["1,234.56", 1234.56], ["1,085", 1.085], ["1.085", 1085, 1.085], ["-1.085", -1085, -1.085], ["1.08", 1.08], ["1\u00a0234,5", 1234.5], ["1.234.567,8", 1234567.8]],
  "de-CH": [["1’234.50", 1234.5], ["1'234.50", 1234.5], ["1.085", 1.085], ["1,085", 1085, 1.085], ["1,5", 1.5]],
  fr: [["1\u202f234,56", 1234.56], ["1 234,56", 1234.56], ["1,085", 1.085], ["1.085", 1085, 1.085], ["1.5", 1.5]],
  "ar-EG": [["١٬٢٣٤٫٥", 1234.5], ["١٢٫٠٨٥", 12.085], ["\u061c-٣", -3], ["1234.5", 1234.5]],
  hi: [["१२,३४,५६७.८९", 1234567.89], ["१.०८५", 1.085]],
  fa: [["۱٬۲۳۴٫۵", 1234.5]],
}
const REFUSED = ["", " ", ".", "-", "1 2", "1,23,4", "1,2345,678", "12 34", "1.2.3", "1,5.5,5", "0,001.5.", "5²", "½", "five", "5 €", "1e", "1..5", "1_", "1234567890123456.7", "0x10", "∞", "NaN"]

test("a number is read as it is written in the reader's language, and is not guessed", () => {
  for (const [language, cases] of Object.entries(TYPED)) {
    for (const [text, value, other] of cases) assert.deepEqual([text, readNumber(text, language)], [text, other === undefined ? { value } : { value, other }])
    for (const text of REFUSED) assert.deepEqual([text, readNumber(text, language)], [text, { value: NaN }])
  }
})

test("what is shown is read as the same number, in every language", () => {
  for (const language of ["en", "de", "de-CH", "fr", "pl", "pt-BR", "es", "sv", "ar-EG", "fa", "hi", "bn", "th-u-nu-thai", "en-IN", "ja-u-nu-fullwide", "he"]) {
    const format = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 12 })
    for (const value of [0, .5, -12.25, 1234.5, 1234567.891, 123456789012.25, 1.08456, -1085.5]) {
      assert.deepEqual([language, readNumber(format.format(value), language)], [language, { value }])
    }
  }
})

test("the days of a chart are those of UTC in every zone and season", () => {
  const before = process.env.TZ
  for (const zone of ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"]) {
    process.env.TZ = zone
    for (const day of ["2026-01-15", "2026-07-15"]) assert.equal(utcAsLocal(Date.parse(day) / 1000).getHours(), 0, `${zone} ${day}`)
  }
  process.env.TZ = before ?? ""
})

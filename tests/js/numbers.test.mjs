// Values keep the digits that their source sent; no exponent is ever shown.
import "./browser-globals.mjs"
import assert from "node:assert/strict"
import { test } from "node:test"
import { change, decimalsOf, number, parseNumber } from "../../hubbub/feeds/static/numbers.js"

test("a value is shown with the digits that were sent, and at least two decimals", () => {
  for (const [value, shown] of [
    [1.08456, "1.08456"], [1.085, "1.085"], [185, "185.00"], [185.2, "185.20"], [0, "0.00"], [-0.5, "-0.50"], [1.2e-7, "0.00000012"],
    [123457000000, "123,457,000,000.00"], [1e15, "1,000,000,000,000,000.00"], [97.13333333333334, "97.1333333333"], [0.1 + 0.2, "0.30"],
  ]) assert.equal(number(value), shown)
})

test("values beside each other have equally many decimals", () => {
  assert.equal(decimalsOf(1.08456, 1.08, 2), 5)
  assert.equal(number(1.08, 5), "1.08000")
  assert.equal(change(1.08456, 1.08), "+0.00456")
  assert.equal(change(1.08, 1.1), "−0.02")
  assert.equal(change(5, 5), "±0.00")
})

test("a number is read as it is written in the reader's language", () => {
  for (const [text, value] of [["1,234.5", 1234.5], ["1.085", 1.085], ["1,5", 1.5], ["−3", -3], ["1 234,5", 1234.5], ["12,345", 12345]]) assert.equal(parseNumber(text), value, text)
  assert.ok(Number.isNaN(parseNumber("")))
})

// Quiet times end when the person said; the same cases as in tests/test_quiet.py.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import "./browser-globals.mjs"
import { parseHours, quietEnds, writeHours } from "../../hubbub/notifications/static/quiet.js"

const cases = JSON.parse(readFileSync(new URL("../data/quiet.json", import.meta.url), "utf8"))
const secondsOf = moment => (moment ? Date.parse(moment) / 1000 : 0)

for (const { now, until = "", hours = "", ends } of cases) {
  test(`at ${now}, quiet until ${until || "no moment"} and in ${hours || "no hours"}: ${ends || "not quiet"}`, () => {
    assert.equal(quietEnds(secondsOf(now), until && String(secondsOf(until)), hours), secondsOf(ends))
  })
}

test("hours are written as they are read", () => {
  const hours = "22:00-07:30 01234 Europe/Berlin"

  assert.equal(writeHours(parseHours(hours)), hours)
  assert.equal(writeHours({ ...parseHours(hours), days: [] }), "")
})

// The strings of the page: parameters, plural forms and numbers of a language; refusals in it, or in English.
import assert from "node:assert/strict"
import { test } from "node:test"
import { locale, setStrings, t, translated } from "../../hubbub/web/static/strings.js"

const WAIT = { one: "Warte {n} Sekunde.", other: "Warte {n} Sekunden." }

test("a text is filled in with plural forms and numbers of the language", () => {
  setStrings({ wait: WAIT, limit: "{limit:,} of {all} in {room}" }, "en")
  assert.deepEqual([t("wait", { n: 1 }), t("wait", { n: 2 })], ["Warte 1 Sekunde.", "Warte 2 Sekunden."])
  assert.equal(t("limit", { limit: 16_000, all: 16_000, room: "{n}" }), "16,000 of 16000 in {n}")
  setStrings({ limit: "{limit:,}" }, "de")
  assert.equal(t("limit", { limit: 16_000 }), "16.000")
})

test("dates and numbers have the region of a browser that speaks the language of the page", () => {
  Object.defineProperty(globalThis, "navigator", { value: { languages: ["fr-CH", "de-AT", "de"] }, configurable: true })
  setStrings({ limit: "{limit:,}" }, "de")
  assert.deepEqual([locale(), t("limit", { limit: 16_000 })], ["de-AT", "16\u00a0000"])
  setStrings({}, "en")
  assert.equal(locale(), "en")
})

test("a refusal is in the page's language, or else in the server's English", () => {
  setStrings({ "error.wait": WAIT }, "de")
  const wait = { error: "Wait 2 seconds.", code: "too_fast", id: "error.wait", params: { n: 2 }, retry_after: 2 }
  const absent = { error: "There is no such channel.", code: "not_found", id: "error.channel_not_found" }
  assert.deepEqual(translated(wait), { ...wait, error: "Warte 2 Sekunden." })
  assert.deepEqual([translated(absent), translated({ ok: 1 })], [absent, { ok: 1 }])
})

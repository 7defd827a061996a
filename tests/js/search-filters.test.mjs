// Filters of a search at the caret, and the words without them.
import "./browser-globals.mjs"
import assert from "node:assert/strict"
import { test } from "node:test"

const { tokenAt, wordsOf } = await import("../../hubbub/chat/static/search-filters.js")
const at = text => tokenAt(text.replace("|", ""), text.indexOf("|"))

test("a word may become a filter, and a filter has a value", () => {
  for (const [text, name, word, from] of [["fr|", null, "fr", 0], ["tea fr|", null, "fr", 4], ["tea from:|", "from", "", 4], ["FROM:An|", "from", "an", 0], ["in:lob|by", "in", "lob", 0]]) {
    assert.deepEqual(at(text), { name, word, from, to: text.indexOf("|") }, text)
  }
  for (const text of ["|", "tea |", "https:|", "\"fr|", "12|", "-fr|", "f|"]) assert.equal(at(text), null, text)
})

test("documents and people are searched for the words only", () => {
  assert.equal(wordsOf("from:ann tea -milk \"green tea\" in:\"the lobby\" before:2026-01-31"), "tea green tea")
  assert.equal(wordsOf("12:30 https://a.org"), "12:30 https://a.org")
})

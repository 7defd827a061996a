// How a message is laid out: links that are safe, emoji that stand alone, rows that belong together.
import assert from "node:assert/strict"
import { test } from "node:test"
import { isEmojiOnly, join, rowOf, tokens } from "../../hubbub/chat/static/rows.js"

const linksIn = text => tokens(text).filter(({ href }) => href).map(({ text }) => text)

test("links to the web are found, without the sentence around them", () => {
  for (const [text, link] of [
    ["see https://a.org/x.", "https://a.org/x"],
    ["(http://a.org/b)", "http://a.org/b"],
    ["https://en.wikipedia.org/wiki/Log_(data), or", "https://en.wikipedia.org/wiki/Log_(data)"],
    ["why https://a.org/?q=1&r=2#s?!", "https://a.org/?q=1&r=2#s"],
    ["HTTPS://A.org", "HTTPS://A.org"],
  ]) assert.deepEqual(linksIn(text), [link])
})

test("nothing else becomes a link, and no text is lost", () => {
  for (const text of ["javascript:alert(1)", "data:text/html,x", "ftp://a.org", "https://", "http://[", "<b>bold</b>", "xhttps://a.org", "a\n\nb  c"]) {
    assert.deepEqual(linksIn(text), [])
    assert.equal(tokens(text).map(token => token.text).join(""), text)
  }
})

test("a few emoji alone stand large, words and numbers do not", () => {
  for (const text of ["🎉", "👍🏽 🎉", "👩‍👩‍👧", "🇩🇪", "❤️"]) assert.ok(isEmojiOnly(text), text)
  for (const text of ["ok 🎉", "1", "#", "🎉".repeat(13), "a"]) assert.ok(!isEmojiOnly(text), text)
})

test("rows of one author within five minutes share a head; a day, a rule or somebody else starts anew", () => {
  const minute = 60, day = 86400
  const said = [[1, 0], [1, 4 * minute], [1, 9 * minute], [2, 9 * minute], [2, 15 * minute], [2, day], [2, day + 1]]

  const rows = join(said.map(([author, at], index) => rowOf({ seq: index + 1, n: index + 1, author, at, key: `${index}`, text: "" })), at => Math.floor(at / day), 7)

  assert.deepEqual(rows.map(({ head }) => head), [true, false, false, true, true, true, true])
  assert.deepEqual(rows.map(({ day }) => day), [true, false, false, false, false, true, false])
  assert.deepEqual(rows.map(({ rule }) => rule), [false, false, false, false, false, false, true])
})

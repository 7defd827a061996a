// Autocomplete at the caret, formatting and pasting.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { parseCommand, linkAround, registerTrigger, toggleMarks } from "../../hubbub/chat/static/autocomplete.js"
import { bestMatches, queryAt } from "../../hubbub/chat/static/matches.js"
import { fold } from "../../hubbub/web/static/strings.js"

const CASES = JSON.parse(readFileSync(new URL("../data/texts.json", import.meta.url), "utf8"))
for (const [sign, least] of [["@", 0], ["#", 0], [":", 2], ["$", 0], ["[[", 1]]) registerTrigger(sign, () => [], least)

/** `|` is the caret. */
const at = text => queryAt(text.replace("|", ""), text.indexOf("|"))

test("a sign at the beginning of a word opens autocomplete", () => {
  for (const [text, sign, word, from] of [
    ["@|", "@", "", 0], ["hi @an|", "@", "an", 3], ["hi ＠an|", "@", "an", 3], ["(@An|)", "@", "an", 1], ["see #gen|eral", "#", "gen", 4],
    ["so :smi|", ":", "smi", 3], [":+1|", ":", "+1", 0], ["/|", "/", "", 0], ["/to|", "/", "to", 0], ["a\n@bo|", "@", "bo", 2],
  ]) assert.deepEqual(at(text), { sign, word, from, to: text.indexOf("|") }, text)
})

test("a slice may add a sign, also one of several characters", () => {
  assert.deepEqual(at("now $ac|me"), { sign: "$", word: "ac", from: 4, to: 7 })
  assert.deepEqual(at("see [[Pla|"), { sign: "[[", word: "pla", from: 4, to: 9 })
  for (const text of ["see [[|", "see [x|", "US$5|"]) assert.equal(at(text), null, text)
})

test("a slice may say itself where its suggestions begin", () => {
  registerTrigger("```", () => [], 1, /(?:^|\n)```(\w*)$/)
  assert.deepEqual(at("so\n```Py|"), { sign: "```", word: "py", from: 3, to: 8 })
  for (const text of ["```|", "so ```py|"]) assert.equal(at(text), null, text)
})

test("autocomplete stays closed inside words, times and addresses", () => {
  for (const text of ["a@b|", "12:30|", ":|", ":s|", "http://a|", "and /to|", "@ann said|", "|@ann", "a#b|"]) assert.equal(at(text), null, text)
})

test("prefix matches come first, then members, then others", () => {
  const people = [["Joanna", 0], ["Ann", 3], ["Anna Smith", 0], ["Bo Anders", 0], ["Ann", 0], ["Zoe", 0]].map(([name, far]) => ({ names: [name], far }))

  const found = bestMatches("ann", people).map(({ names, far }) => [names[0], far])

  assert.deepEqual(found, [["Ann", 0], ["Ann", 3], ["Anna Smith", 0], ["Joanna", 0]])
  assert.equal(bestMatches("", Array.from({ length: 30 }, () => ({ names: ["x"] }))).length, 8)
})

test("names are found by one fold, as on the server", () => {
  for (const [word, name, is] of CASES.found) assert.equal(fold(name).includes(fold(word)), is, `${word} in ${name}`)
  for (const [word, from] of [["Иван", 0], ["दिनेश", 0], ["José", 0], ["علی‌رضا", 0]]) assert.equal(at(`@${word}|`)?.from, from, word)
  assert.deepEqual(bestMatches("özlem", [{ names: ["Özlem"] }, { names: ["Ozan"] }]).map(({ names }) => names[0]), ["Özlem"])
  assert.equal(bestMatches("本", [{ names: ["日本"] }]).length, 1)
})

test("a link pasted over a selection turns it into a link", () => {
  assert.equal(linkAround("here", "https://a.org/x "), "[here](https://a.org/x)")
  for (const [selected, pasted] of [["", "https://a.org"], ["here", "words"], ["here", "javascript:alert(1)"], ["two\nlines", "https://a.org"], ["https://b.org", "https://a.org"]]) {
    assert.equal(linkAround(selected, pasted), "")
  }
})

test("formatting marks are toggled around the selection", () => {
  const bold = toggleMarks("so good", 3, 7, "**")
  assert.deepEqual(bold, { insert: "**good**", from: 3, to: 7, select: [5, 9] })
  assert.deepEqual(toggleMarks("so **good**", 5, 9, "**"), { insert: "good", from: 3, to: 11, select: [3, 7] })
})

test("a command is a slash and a word at the beginning", () => {
  assert.deepEqual(parseCommand("/topic the  news"), { name: "topic", rest: "the  news" })
  assert.deepEqual(parseCommand("/Leave"), { name: "leave", rest: "" })
  for (const text of ["/", "// no", "/usr/bin", " /me", "a /me"]) assert.equal(parseCommand(text), null, text)
})

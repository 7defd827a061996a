// The palette's order: how well a name matches, then what was used last, then what is unread.
import assert from "node:assert/strict"
import { test } from "node:test"
import { HERE, ranked } from "../../hubbub/chat/static/rooms/palette-ranking.js"

const entry = (name, more) => ({ id: name, name, kind: "", act() {}, ...more })
const order = (names, query, recent = []) => ranked(names.map(one => typeof one === "string" ? entry(one) : one), query, recent).map(({ name }) => name)

test("the whole name comes first, then its beginning, that of a word, a part, several words, an abbreviation", () => {
  assert.deepEqual(order(["Old plans", "Airplane", "Plan B", "plan", "Planning", "Lobby"], "Plan"), ["plan", "Plan B", "Planning", "Old plans", "Airplane"])
  assert.deepEqual(order(["Firmware and radio", "Radio firm", "Farm"], "firm rad"), ["Radio firm", "Firmware and radio"])
  assert.deepEqual(order(["Launch plan", "Lapland", "Plan for launch"], "lp"), ["Launch plan"])
  assert.deepEqual(order(["Müller", "Mull"], "mull"), ["Mull", "Müller"])
})

test("of equal matches, what was used last comes first, then what is unread", () => {
  const rooms = [entry("Design", { weight: 1 }), entry("Deploys"), entry("Desk", { weight: 2 })]
  assert.deepEqual(order(rooms, "de"), ["Desk", "Design", "Deploys"])
  assert.deepEqual(order(rooms, "de", ["Deploys", "Design"]), ["Deploys", "Design", "Desk"])
  assert.deepEqual(order(rooms, "", ["Deploys"]), ["Deploys", "Desk", "Design"])
})

test("a sign finds one kind, the open room is not offered, and a text that matches counts last", () => {
  const all = [entry("Ann", { sign: "@" }), entry("Annexe", { sign: "#", weight: HERE }), entry("an answer", { names: [], isMatch: true })]
  assert.deepEqual(order(all, "ann"), ["Ann", "Annexe", "an answer"])
  assert.deepEqual(order(all, "@ann"), ["Ann"])
  assert.deepEqual(order(all, "#"), [])
  assert.deepEqual(order(all, "#ann"), ["Annexe"])
})

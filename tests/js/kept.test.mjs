// What is kept stays within its limits; without IndexedDB nothing is kept, and nothing fails.
import assert from "node:assert/strict"
import { test } from "node:test"
import "./browser-globals.mjs"

document.getElementById = () => ({ textContent: JSON.stringify({ me: { id: 1, name: "Ann", role: "member" } }) })
const { setPerson } = await import("../../hubbub/web/static/storage.js")
const { find, getKept, keep, LIMITS, overflow } = await import("../../hubbub/web/static/kept.js")

setPerson(1)
const DAY = 24 * 3600, NOW = 1000 * DAY
const index = values => new Map(values.map(([name, at, size = 10]) => [name, { at, size }]))

test("the oldest channels go first, by number, by size and by age", () => {
  const many = index(Array.from({ length: LIMITS.channel + 2 }, (_, n) => [`channel:room:${n}`, NOW - n]))

  assert.deepEqual(overflow(many, NOW), [`channel:room:${LIMITS.channel}`, `channel:room:${LIMITS.channel + 1}`])
  assert.deepEqual(overflow(index([["document:1", NOW, 60], ["channel:room:1", NOW - 1, 60], ["channel:room:2", NOW - 2, 1]]), NOW, 100), ["channel:room:1", "channel:room:2"])
  assert.deepEqual(overflow(index([["channel:room:1", NOW - 31 * DAY], ["channel:room:2", NOW - 29 * DAY]]), NOW), ["channel:room:1"])
})

test("parts of the page's data stay, however old: nothing opens without them", () => {
  assert.deepEqual(overflow(index([["part:me", NOW - 90 * DAY], ["channel:room:1", NOW, 200]]), NOW, 100), ["channel:room:1"])
})

test("without IndexedDB, answers come from the server, or not at all", async () => {
  globalThis.fetch = async () => Response.json(["a document"])
  const online = await getKept("/api/documents")
  await keep({ "channel:room:1": { n: 1 } })
  globalThis.fetch = async () => { throw new TypeError("offline") }
  const offline = await getKept("/api/documents")

  assert.deepEqual([online.ok, offline.code, await find("channel:room:1")], [["a document"], "offline", undefined])
})

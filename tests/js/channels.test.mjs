// Channels keep their identity, so that their listeners work again after leaving and joining a room.
import assert from "node:assert/strict"
import { test } from "node:test"
import "./browser-globals.mjs"

const windows = {}
globalThis.fetch = async path => {
  const [, address] = /^\/api\/channels\/([^?]+)/.exec(path) ?? []
  return Response.json(windows[decodeURIComponent(address)] ?? { error: "There is no such channel.", code: "not_found" },
    { status: windows[decodeURIComponent(address)] ? 200 : 404 })
}
const { channel, registerReducer, subscribe, unsubscribe } = await import("../../hubbub/web/static/channels.js")
const { reducers } = await import("../../hubbub/chat/static/reducers.js")
const { threadOf } = await import("../../hubbub/chat/static/thread-log.js")
Object.entries(reducers).forEach(([kind, reducer]) => registerReducer(kind, reducer))

const settled = () => new Promise(resolve => { setTimeout(resolve, 5) }) // requests are answered by then
const message = (name, seq, data) => ({ channel: name, seq, n: seq, kind: "message", author: 1, at: 1000 + seq, key: `k${seq}`, data })
const item = (seq, text) => ({ kind: "message", seq, n: seq, author: 1, at: 1000 + seq, key: `k${seq}`, text })

test("a listener works again after leaving and joining a room", () => {
  const held = subscribe("room:1", { window: { items: [item(1, "one")], as_of: [1, "k1"] } }), received = []
  held.onChange(entry => received.push(entry?.seq ?? null))

  unsubscribe("room:1")
  assert.deepEqual([held.log.items, held.log.loaded], [[], false])
  subscribe("room:1", { cursor: [5, "k5"], n: 5 })
  channel("room:1").log.apply(message("room:1", 6, { text: "six" }))

  assert.equal(received.at(-1), 6)
})

test("an open thread goes on after leaving and joining its room", async () => {
  const threadAt = replies => ({ root: item(1, "one"), items: replies, complete: true, following: true, as_of: [5, "k5"] })
  subscribe("room:2", { cursor: [5, "k5"], n: 5 })
  windows["room:2/threads/1"] = threadAt([])
  const thread = threadOf("room:2", 1)
  await thread.load()

  delete windows["room:2/threads/1"]
  unsubscribe("room:2")
  await settled()
  windows["room:2/threads/1"] = threadAt([item(3, "while away")])
  subscribe("room:2", { cursor: [5, "k5"], n: 5 })
  await settled()
  channel("room:2").log.apply(message("room:2", 6, { text: "six", thread: 1 }))

  assert.deepEqual([thread.items.map(({ text }) => text), thread.problem.value], [["one", "while away", "six"], ""])
})

test("a window requested before leaving is not shown after joining", async () => {
  let answer = () => {}
  const { fetch } = globalThis, room = subscribe("room:3", { cursor: [1, "k1"], n: 1 })
  globalThis.fetch = () => new Promise(resolve => { answer = resolve })
  const opening = room.open()

  unsubscribe("room:3")
  subscribe("room:3", { cursor: [9, "k9"], n: 9 })
  answer(Response.json({ items: [item(1, "one")], as_of: [1, "k1"] }))
  await opening
  globalThis.fetch = fetch

  assert.deepEqual([room.log.items, room.log.loaded, room.log.cursor], [[], false, [9, "k9"]])
})

test("a listener that throws is reported and does not stop the next", t => {
  const { mock } = t.mock.method(console, "error", () => {}), received = []
  const room = subscribe("room:4", { cursor: [1, "k1"], n: 1 })
  room.onChange(() => { throw new Error("a fault") })
  room.onChange(entry => received.push(entry.seq))

  for (const seq of [2, 3]) room.log.apply(message("room:4", seq, { text: "x" }))

  assert.deepEqual([received, room.log.cursor, mock.callCount()], [[2, 3], [3, "k3"], 2])
})

test("a quoted message outside the window follows its edits and its deletion", async () => {
  const { messageAt } = await import("../../hubbub/chat/static/quote.js")
  subscribe("room:30", { window: { items: [item(90, "new")], as_of: [90, "k90"] } })
  const answer = changes => { windows["room:30/messages/5"] = { items: [{ ...item(5, ""), ...changes }] } }
  answer({ text: "old words" })
  messageAt("room:30", 5)
  await settled()
  assert.equal(messageAt("room:30", 5)?.text, "old words")

  answer({ text: "new words", edited: 9 })
  channel("room:30").log.apply({ ...message("room:30", 91, { target: 5, text: "new words" }), kind: "edited" })
  await settled()
  assert.equal(messageAt("room:30", 5)?.text, "new words")
  assert.equal(messageAt("room:30", 5, { ...item(5, "found later"), edited: 10 })?.text, "found later")

  answer({ deleted: true })
  channel("room:30").log.apply({ ...message("room:30", 92, { target: 5 }), kind: "deleted" })
  await settled()
  assert.equal(messageAt("room:30", 5)?.text, "")
})

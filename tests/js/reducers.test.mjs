// Reducers of a room: the same as the server's projection, without changing items in place.
import assert from "node:assert/strict"
import { test } from "node:test"
import { reducers } from "../../hubbub/chat/static/reducers.js"

const ANN = 1, BOB = 2, CLEO = 3

/** A room to append entries to; `items` is what its page shows. */
function room() {
  const items = []
  let seq = 0, n = 0
  return {
    items,
    append(kind, author, data = {}) {
      seq++
      if (kind === "message") n++
      const entry = { channel: "room:2", seq, n, kind, author, at: 1000 + seq, key: `k${seq}`, data }
      reducers[kind]?.(items, entry)
      return seq
    },
    item: seq => items.find(item => item.seq === seq),
  }
}

test("a message has only the fields it needs", () => {
  const { items, append } = room()

  append("message", ANN, { text: "hello" })
  append("message", BOB, { text: "@ann see", mentions: { ann: 1 }, quote: 1, files: [{ id: "f" }] })

  assert.deepEqual(items[0], { kind: "message", seq: 1, n: 1, author: ANN, at: 1001, key: "k1", text: "hello" })
  assert.deepEqual(items[1], { kind: "message", seq: 2, n: 2, author: BOB, at: 1002, key: "k2", text: "@ann see", mentions: { ann: 1 }, quote: 1, files: [{ id: "f" }] })
})

test("an edit changes text, mentions and time", () => {
  const { item, append } = room()
  const message = append("message", ANN, { text: "@bob hi", mentions: { bob: 2 } })

  append("edited", ANN, { target: message, text: "hi" })

  assert.deepEqual(item(message), { kind: "message", seq: 1, n: 1, author: ANN, at: 1001, key: "k1", text: "hi", edited: 1002 })
})

test("a deleted message keeps its place and loses its content", () => {
  const { item, append } = room()
  const message = append("message", ANN, { text: "a secret", files: [{ id: "f" }], quote: 7 })
  append("reacted", BOB, { target: message, emoji: "👀", on: true })
  append("pinned", BOB, { target: message, on: true })

  append("deleted", ANN, { target: message })

  assert.ok(!JSON.stringify(item(message)).match(/secret|files|👀|pinned|quote/))
  assert.equal(item(message).deleted, true)
})

test("reactions are ordered, unique per person, and removed with the last", () => {
  const { item, append } = room()
  const message = append("message", ANN, { text: "done" })

  for (const person of [BOB, CLEO, BOB]) append("reacted", person, { target: message, emoji: "🎉", on: true })
  assert.deepEqual(item(message).reactions, { "🎉": [BOB, CLEO] })
  append("reacted", BOB, { target: message, emoji: "🎉", on: false })
  append("reacted", BOB, { target: message, emoji: "🎉", on: false })
  assert.deepEqual(item(message).reactions, { "🎉": [CLEO] })
  append("reacted", CLEO, { target: message, emoji: "🎉", on: false })

  assert.equal("reactions" in item(message), false)
})

test("a pin has a time, and is removed", () => {
  const { item, append } = room()
  const message = append("message", ANN, { text: "the door code" })

  append("pinned", BOB, { target: message, on: true })
  assert.equal(item(message).pinned, 1002)
  append("pinned", BOB, { target: message, on: false })

  assert.equal("pinned" in item(message), false)
})

test("replies are counted at their root, and shown in the room if also sent there", () => {
  const { items, item, append } = room()
  const root = append("message", ANN, { text: "who comes?" })

  append("reply", BOB, { text: "I do", thread: root })
  const also = append("message", CLEO, { text: "so do I", thread: root })

  assert.deepEqual(items.map(({ seq }) => seq), [root, also])
  assert.deepEqual({ ...item(root).replies, people: undefined }, { n: 2, newest: also, at: 1003, people: undefined })
  assert.deepEqual([...item(root).replies.people].sort(), [BOB, CLEO])
  assert.equal(item(also).thread, root)
})

test("entries about unloaded messages change nothing", () => {
  const { items, append } = room()
  append("message", ANN, { text: "here" })
  const before = structuredClone(items)

  for (const kind of ["edited", "deleted", "reacted", "pinned"]) append(kind, BOB, { target: 99, emoji: "🎉", on: true, text: "x" })
  append("reply", BOB, { thread: 99, text: "x" })

  assert.deepEqual(items, before)
})

test("items are replaced, never changed in place", () => {
  const { items, append } = room()
  append("message", ANN, { text: "one" })
  const [held] = items
  const before = structuredClone(held)

  append("reacted", BOB, { target: 1, emoji: "🎉", on: true })
  append("reply", BOB, { thread: 1, text: "x" })
  append("edited", ANN, { target: 1, text: "two" })

  assert.deepEqual(held, before)
  assert.notEqual(items[0], held)
})

test("room events are items among the messages", () => {
  const { items, append } = room()

  for (const kind of ["created", "joined", "left", "renamed", "topic", "archived"]) append(kind, ANN, { person: BOB })

  assert.deepEqual(items.map(({ kind }) => kind), ["created", "joined", "left", "renamed", "topic", "archived"])
  assert.deepEqual(items[1].data, { person: BOB })
})

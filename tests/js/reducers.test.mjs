// Reducers of a room: the same as the server's projection, without changing items in place.
import assert from "node:assert/strict"
import { test } from "node:test"
import { reducers } from "../../hubbub/chat/static/reducers.js"

const ANN = 1, BOB = 2, CLEO = 3

/** A room in which things happen one after the other; `items` is what its page shows. */
function room() {
  const items = []
  let seq = 0, n = 0
  return {
    items,
    happens(kind, author, data = {}) {
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
  const { items, happens } = room()

  happens("message", ANN, { text: "hello" })
  happens("message", BOB, { text: "@ann see", mentions: { ann: 1 }, quote: 1, files: [{ id: "f" }] })

  assert.deepEqual(items[0], { kind: "message", seq: 1, n: 1, author: ANN, at: 1001, key: "k1", text: "hello" })
  assert.deepEqual(items[1], { kind: "message", seq: 2, n: 2, author: BOB, at: 1002, key: "k2", text: "@ann see", mentions: { ann: 1 }, quote: 1, files: [{ id: "f" }] })
})

test("an edit changes text, mentions and time", () => {
  const { item, happens } = room()
  const said = happens("message", ANN, { text: "@bob hi", mentions: { bob: 2 } })

  happens("edited", ANN, { target: said, text: "hi" })

  assert.deepEqual(item(said), { kind: "message", seq: 1, n: 1, author: ANN, at: 1001, key: "k1", text: "hi", edited: 1002 })
})

test("a deleted message keeps its place and loses its content", () => {
  const { item, happens } = room()
  const said = happens("message", ANN, { text: "a secret", files: [{ id: "f" }], quote: 7 })
  happens("reacted", BOB, { target: said, emoji: "👀", on: true })
  happens("pinned", BOB, { target: said, on: true })

  happens("deleted", ANN, { target: said })

  assert.ok(!JSON.stringify(item(said)).match(/secret|files|👀|pinned|quote/))
  assert.equal(item(said).deleted, true)
})

test("reactions are ordered, unique per person, and removed with the last", () => {
  const { item, happens } = room()
  const said = happens("message", ANN, { text: "done" })

  for (const person of [BOB, CLEO, BOB]) happens("reacted", person, { target: said, emoji: "🎉", on: true })
  assert.deepEqual(item(said).reactions, { "🎉": [BOB, CLEO] })
  happens("reacted", BOB, { target: said, emoji: "🎉", on: false })
  happens("reacted", BOB, { target: said, emoji: "🎉", on: false })
  assert.deepEqual(item(said).reactions, { "🎉": [CLEO] })
  happens("reacted", CLEO, { target: said, emoji: "🎉", on: false })

  assert.equal("reactions" in item(said), false)
})

test("a pin has a time, and is removed", () => {
  const { item, happens } = room()
  const said = happens("message", ANN, { text: "the door code" })

  happens("pinned", BOB, { target: said, on: true })
  assert.equal(item(said).pinned, 1002)
  happens("pinned", BOB, { target: said, on: false })

  assert.equal("pinned" in item(said), false)
})

test("replies are counted at their root, and shown in the room if also sent there", () => {
  const { items, item, happens } = room()
  const root = happens("message", ANN, { text: "who comes?" })

  happens("reply", BOB, { text: "I do", thread: root })
  const also = happens("message", CLEO, { text: "so do I", thread: root })

  assert.deepEqual(items.map(({ seq }) => seq), [root, also])
  assert.deepEqual({ ...item(root).replies, people: undefined }, { n: 2, newest: also, at: 1003, people: undefined })
  assert.deepEqual([...item(root).replies.people].sort(), [BOB, CLEO])
  assert.equal(item(also).thread, root)
})

test("entries about unloaded messages change nothing", () => {
  const { items, happens } = room()
  happens("message", ANN, { text: "here" })
  const before = structuredClone(items)

  for (const kind of ["edited", "deleted", "reacted", "pinned"]) happens(kind, BOB, { target: 99, emoji: "🎉", on: true, text: "x" })
  happens("reply", BOB, { thread: 99, text: "x" })

  assert.deepEqual(items, before)
})

test("items are replaced, never changed in place", () => {
  const { items, happens } = room()
  happens("message", ANN, { text: "one" })
  const [held] = items
  const before = structuredClone(held)

  happens("reacted", BOB, { target: 1, emoji: "🎉", on: true })
  happens("reply", BOB, { thread: 1, text: "x" })
  happens("edited", ANN, { target: 1, text: "two" })

  assert.deepEqual(held, before)
  assert.notEqual(items[0], held)
})

test("room events are items among the messages", () => {
  const { items, happens } = room()

  for (const kind of ["created", "joined", "left", "renamed", "topic", "archived"]) happens(kind, ANN, { person: BOB })

  assert.deepEqual(items.map(({ kind }) => kind), ["created", "joined", "left", "renamed", "topic", "archived"])
  assert.deepEqual(items[1].data, { person: BOB })
})

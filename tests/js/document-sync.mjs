// The promises of what is typed in a document: one update on its way at a time, under a key made once, kept over a reload, and "saved" only when it is.
import assert from "node:assert/strict"
import { test } from "node:test"
import * as Y from "yjs"
import { missingUpdate } from "../../hubbub/documents/static/missing-update.js"
import { createSync, decode, encode } from "../../hubbub/documents/static/update-queue.js"

/** A page with a document, whose server answers when and what the test says. */
function desk(shelf = { kept: null }) {
  const doc = new Y.Doc(), asked = [], answers = [], timers = []
  let keys = 0
  const desk = {
    doc, asked, shelf, online: true, room: true, text: doc.getText("text"), merged: 0,
    answer: async (answer = { ok: asked.length }) => { answers.shift()(answer); await new Promise(setImmediate) },
    /** Let the time pass that is waited for. */
    pass: () => timers.splice(0).forEach(act => act()),
    type: words => { desk.text.insert(desk.text.length, words) },
    /** What a server has that took these updates. */
    server: () => {
      const server = new Y.Doc()
      asked.forEach(({ update }) => Y.applyUpdate(server, decode(update)))
      return server.getText("text").toString()
    },
  }
  desk.sync = createSync({
    ask: payload => { asked.push(payload); return desk.online ? new Promise(resolve => answers.push(resolve)) : Promise.resolve({ error: "not connected", code: "offline" }) },
    online: () => desk.online, key: () => `${doc.clientID}-${++keys}`, changed: () => {}, later: act => timers.push(act),
    merge: updates => { desk.merged += updates.reduce((sum, update) => sum + update.length, 0); return Y.mergeUpdates(updates) },
    keep: kept => { if (desk.room) shelf.kept = kept && JSON.parse(JSON.stringify(kept)); return desk.room },
  })
  doc.on("update", (update, origin) => { if (origin !== "server") desk.sync.add(update) })
  return desk
}

test("what is typed within a moment goes out as one update, and is saved once that is acknowledged", async () => {
  const ann = desk()
  "hello".split("").forEach(ann.type)
  assert.deepEqual([ann.asked.length, ann.sync.state], [0, "saving"])

  ann.pass()
  assert.deepEqual([ann.asked.length, ann.sync.state], [1, "saving"])
  await ann.answer()

  assert.deepEqual([ann.server(), ann.sync.state, ann.shelf.kept], ["hello", "saved", null])
})

test("one update is on its way at a time; what was typed meanwhile follows it", async () => {
  const ann = desk()
  ann.type("one ")
  ann.pass()
  ann.type("two ")
  ann.pass()
  ann.type("three")
  ann.pass()
  assert.equal(ann.asked.length, 1)

  await ann.answer()
  assert.deepEqual([ann.asked.length, ann.sync.state], [2, "saving"])
  await ann.answer()

  assert.deepEqual([ann.asked.length, ann.server(), ann.sync.state], [2, "one two three", "saved"])
})

for (const code of ["timeout", "busy", "not_kept", "too_fast"]) {
  test(`after "${code}" the same goes out again under the same key`, async () => {
    const ann = desk()
    ann.type("one")
    ann.pass()
    await ann.answer({ error: "not now", code })
    ann.type(" two")
    assert.equal(ann.sync.state, "saving")

    ann.pass()
    await ann.answer()
    await ann.answer()

    assert.deepEqual(ann.asked[0], ann.asked[1])
    assert.notEqual(ann.asked[1].key, ann.asked[2].key)
    assert.deepEqual([ann.server(), ann.sync.state], ["one two", "saved"])
  })
}

test("offline it is kept, and sent on return", async () => {
  const ann = desk()
  ann.online = false
  ann.type("from the train")
  ann.pass()
  await new Promise(setImmediate)
  assert.equal(ann.sync.state, "offline")

  ann.online = true
  ann.sync.resume()
  await ann.answer()

  assert.deepEqual([ann.server(), ann.sync.state], ["from the train", "saved"])
})

test("what was not sent survives the page, with its key, and the next page sends it first", async () => {
  const ann = desk()
  ann.type("on its way, ")
  ann.pass()
  ann.type("not yet")
  ann.pass()

  const later = desk({ kept: null })
  assert.equal(later.sync.adopt(ann.shelf.kept), true)
  await later.answer()
  await later.answer()

  assert.equal(later.asked[0].key, ann.asked[0].key)
  assert.deepEqual([later.server(), later.sync.state, later.shelf.kept], ["on its way, not yet", "saved", null])
})

test("what two earlier pages left is all sent", async () => {
  const [one, other] = [desk(), desk()]
  for (const [page, words] of [[one, "one"], [other, "other"]]) {
    page.type(words)
    page.pass()
    page.type("!")
    page.pass()
  }

  const ann = desk()
  ann.sync.adopt(one.shelf.kept)
  ann.sync.adopt(other.shelf.kept)
  for (let n = 0; n < 4 && ann.sync.state !== "saved"; n++) await ann.answer()

  assert.equal(ann.sync.state, "saved")
  assert.equal([...ann.server()].sort().join(""), [..."one!other!"].sort().join(""))
})

test("a browser without room says so, and nothing is called safe", () => {
  const ann = desk()
  ann.room = false
  ann.type("precious")
  ann.sync.collect()

  assert.equal(ann.sync.atRisk, true)
})

test("a refusal stops the writing, keeps the words, and is given up only when asked", async () => {
  const ann = desk()
  ann.type("too much")
  ann.pass()
  await ann.answer({ error: "this document has become too large", code: "too_large" })
  ann.sync.resume()
  assert.deepEqual([ann.sync.state, ann.asked.length, ann.shelf.kept.flight.update], ["refused", 1, ann.asked[0].update])

  ann.sync.discard()

  assert.equal(ann.shelf.kept, null)
})

test("a day offline goes out in parts that the server takes", async () => {
  const ann = desk()
  ann.online = false
  for (let n = 0; n < 20; n++) {
    ann.type("漢".repeat(15_000))
    ann.pass()
    await new Promise(setImmediate)
  }
  ann.online = true
  ann.asked.length = 0
  ann.sync.resume()
  while (ann.sync.state !== "saved") await ann.answer()

  assert.ok(ann.asked.every(({ update }) => decode(update).length <= 256 * 1024))
  assert.equal(ann.server(), ann.text.toString())
})

test("typing offline for long costs the same at every key", async () => {
  const ann = desk()
  ann.online = false
  for (let n = 0; n < 3000; n++) {
    ann.type("a")
    ann.pass()
  }

  assert.ok(ann.merged < 3000 * 64 * 1024, `${ann.merged} bytes merged`)
  assert.ok(ann.shelf.kept.pending.every(text => text.length < 100_000))
})

test("bytes and text are the same thing", () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, n) => n * 31 & 255)

  assert.deepEqual(decode(encode(bytes)), bytes)
})

/** A replica with these updates. */
function replica(...updates) {
  const doc = new Y.Doc()
  updates.forEach(update => Y.applyUpdate(doc, update))
  return doc
}
const state = doc => Y.encodeStateAsUpdate(doc), words = doc => doc.getText("text").toString()
const append = (doc, text) => doc.getText("text").insert(words(doc).length, text)

test("what a server that was put back has lost is brought back once, whoever does it, deletions too", () => {
  const ann = replica()
  append(ann, "kept. ")
  const backup = state(ann), bob = replica(backup)
  append(ann, "by ann. ")
  Y.applyUpdate(bob, state(ann))
  append(bob, "by bob.")
  bob.getText("text").delete(0, 2)
  Y.applyUpdate(ann, state(bob))

  const fromAnn = missingUpdate(Y, ann, [backup], []), fromBob = missingUpdate(Y, bob, [backup], [])
  const server = replica(backup, fromBob, fromAnn)

  assert.equal(words(server), "pt. by ann. by bob.")
  assert.equal(words(server), words(ann))
})

test("a deletion alone is brought back, and a server that has everything is sent nothing", () => {
  const ann = replica()
  append(ann, "one two")
  const backup = state(ann)
  ann.getText("text").delete(0, 4)

  assert.equal(words(replica(backup, missingUpdate(Y, ann, [backup], []))), "two")
  assert.equal(missingUpdate(Y, ann, [state(ann)], []), null)
})

test("what is only not sent yet is not taken for lost", () => {
  const ann = replica()
  append(ann, "there")
  const backup = state(ann), unsaved = []
  ann.on("update", update => unsaved.push(update))
  append(ann, ", and on its way")

  assert.equal(missingUpdate(Y, ann, [backup], unsaved), null)
})

// The queue of a document's updates: one at a time, under one key each, stored across reloads, "saved" only once acknowledged.
import assert from "node:assert/strict"
import { test } from "node:test"
import * as Y from "yjs"
import { missingUpdate } from "../../hubbub/documents/static/missing-update.js"
import { createSync, decode, encode } from "../../hubbub/documents/static/update-queue.js"

/** A page with a document, whose server answers when and what the test says. */
function page(storage = { stored: null }) {
  const doc = new Y.Doc(), requests = [], answers = [], timers = []
  let keys = 0
  const page = {
    doc, requests, storage, online: true, hasSpace: true, text: doc.getText("text"), merged: 0,
    answer: async (answer = { ok: requests.length }) => { answers.shift()(answer); await new Promise(setImmediate) },
    /** Run the timers. */
    runTimers: () => timers.splice(0).forEach(act => act()),
    type: words => { page.text.insert(page.text.length, words) },
    /** Return the text of a server that has applied all requests. */
    server: () => {
      const server = new Y.Doc()
      requests.forEach(({ update }) => Y.applyUpdate(server, decode(update)))
      return server.getText("text").toString()
    },
  }
  page.sync = createSync({
    ask: payload => { requests.push(payload); return page.online ? new Promise(resolve => answers.push(resolve)) : Promise.resolve({ error: "not connected", code: "offline" }) },
    online: () => page.online, key: () => `${doc.clientID}-${++keys}`, changed: () => {}, later: act => timers.push(act),
    merge: updates => { page.merged += updates.reduce((sum, update) => sum + update.length, 0); return Y.mergeUpdates(updates) },
    keep: updates => { if (page.hasSpace) storage.stored = updates && JSON.parse(JSON.stringify(updates)); return page.hasSpace },
  })
  doc.on("update", (update, origin) => { if (origin !== "server") page.sync.add(update) })
  return page
}

test("updates typed within a moment are sent as one, and saved once acknowledged", async () => {
  const ann = page()
  "hello".split("").forEach(ann.type)
  assert.deepEqual([ann.requests.length, ann.sync.state], [0, "saving"])

  ann.runTimers()
  assert.deepEqual([ann.requests.length, ann.sync.state], [1, "saving"])
  await ann.answer()

  assert.deepEqual([ann.server(), ann.sync.state, ann.storage.stored], ["hello", "saved", null])
})

test("one update is sent at a time; later ones follow", async () => {
  const ann = page()
  ann.type("one ")
  ann.runTimers()
  ann.type("two ")
  ann.runTimers()
  ann.type("three")
  ann.runTimers()
  assert.equal(ann.requests.length, 1)

  await ann.answer()
  assert.deepEqual([ann.requests.length, ann.sync.state], [2, "saving"])
  await ann.answer()

  assert.deepEqual([ann.requests.length, ann.server(), ann.sync.state], [2, "one two three", "saved"])
})

for (const code of ["timeout", "busy", "not_saved", "too_fast"]) {
  test(`after "${code}" the same goes out again under the same key`, async () => {
    const ann = page()
    ann.type("one")
    ann.runTimers()
    await ann.answer({ error: "not now", code })
    ann.type(" two")
    assert.equal(ann.sync.state, "saving")

    ann.runTimers()
    await ann.answer()
    await ann.answer()

    assert.deepEqual(ann.requests[0], ann.requests[1])
    assert.notEqual(ann.requests[1].key, ann.requests[2].key)
    assert.deepEqual([ann.server(), ann.sync.state], ["one two", "saved"])
  })
}

test("updates are stored offline and sent on reconnect", async () => {
  const ann = page()
  ann.online = false
  ann.type("from the train")
  ann.runTimers()
  await new Promise(setImmediate)
  assert.equal(ann.sync.state, "offline")

  ann.online = true
  ann.sync.resume()
  await ann.answer()

  assert.deepEqual([ann.server(), ann.sync.state], ["from the train", "saved"])
})

test("unsent updates survive the page with their keys, and are sent first", async () => {
  const ann = page()
  ann.type("on its way, ")
  ann.runTimers()
  ann.type("not yet")
  ann.runTimers()

  const later = page({ stored: null })
  assert.equal(later.sync.adopt(ann.storage.stored), true)
  await later.answer()
  await later.answer()

  assert.equal(later.requests[0].key, ann.requests[0].key)
  assert.deepEqual([later.server(), later.sync.state, later.storage.stored], ["on its way, not yet", "saved", null])
})

test("updates of two earlier pages are all sent", async () => {
  const [one, other] = [page(), page()]
  for (const [page, words] of [[one, "one"], [other, "other"]]) {
    page.type(words)
    page.runTimers()
    page.type("!")
    page.runTimers()
  }

  const ann = page()
  ann.sync.adopt(one.storage.stored)
  ann.sync.adopt(other.storage.stored)
  for (let n = 0; n < 4 && ann.sync.state !== "saved"; n++) await ann.answer()

  assert.equal(ann.sync.state, "saved")
  assert.equal([...ann.server()].sort().join(""), [..."one!other!"].sort().join(""))
})

test("a full browser storage is reported as unsafe", () => {
  const ann = page()
  ann.hasSpace = false
  ann.type("precious")
  ann.sync.collect()

  assert.equal(ann.sync.atRisk, true)
})

test("a refusal stops sending and keeps the updates until they are discarded", async () => {
  const ann = page()
  ann.type("too much")
  ann.runTimers()
  await ann.answer({ error: "this document has become too large", code: "too_large" })
  ann.sync.resume()
  assert.deepEqual([ann.sync.state, ann.requests.length, ann.storage.stored.flight.update], ["refused", 1, ann.requests[0].update])
  assert.equal(ann.storage.stored.refused, true)

  ann.sync.discard()

  assert.equal(ann.storage.stored, null)
})

test("updates of a long offline period are sent in batches", async () => {
  const ann = page()
  ann.online = false
  for (let n = 0; n < 20; n++) {
    ann.type("漢".repeat(15_000))
    ann.runTimers()
    await new Promise(setImmediate)
  }
  ann.online = true
  ann.requests.length = 0
  ann.sync.resume()
  while (ann.sync.state !== "saved") await ann.answer()

  assert.ok(ann.requests.every(({ update }) => decode(update).length <= 256 * 1024))
  assert.equal(ann.server(), ann.text.toString())
})

test("typing offline costs the same however much was typed before", async () => {
  const ann = page()
  ann.online = false
  for (let n = 0; n < 300; n++) {
    ann.type("a".repeat(1000))
    ann.runTimers()
  }

  assert.ok(ann.merged < 300 * 33 * 1024, `${ann.merged} bytes merged`)
  assert.ok(ann.storage.stored.pending.every(text => text.length < 100_000))
})

test("base64 encoding round-trips", () => {
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

test("a restored server gets lost updates back once, including deletions", () => {
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

test("a deletion alone is sent back, and a complete server is sent nothing", () => {
  const ann = replica()
  append(ann, "one two")
  const backup = state(ann)
  ann.getText("text").delete(0, 4)

  assert.equal(words(replica(backup, missingUpdate(Y, ann, [backup], []))), "two")
  assert.equal(missingUpdate(Y, ann, [state(ann)], []), null)
})

test("unsent updates do not count as lost", () => {
  const ann = replica()
  append(ann, "there")
  const backup = state(ann), unsaved = []
  ann.on("update", update => unsaved.push(update))
  append(ann, ", and on its way")

  assert.equal(missingUpdate(Y, ann, [backup], unsaved), null)
})

// The outbox: jobs are sent in order, under one key each, until answered; refused ones are kept.
import "./browser-globals.mjs"
import assert from "node:assert/strict"
import { test } from "node:test"
import { webcrypto } from "node:crypto"
import { createOutbox, makeKey } from "../../hubbub/web/static/outbox.js"
import { upgrade } from "../../hubbub/web/static/upgrades.js"

globalThis.crypto ??= webcrypto // Node 18 has it only here

/** A page with an outbox, whose server answers when and what the test says. */
function page(storage) {
  const requests = [], waiting = [], retries = [], waits = []
  const page = {
    online: true, head: 0, requests, retries, waits,
    answer: async answer => { waiting.shift()(answer); await new Promise(setImmediate) },
    texts: () => requests.map(({ payload }) => payload.text),
    states: () => page.outbox.jobs.map(({ payload, state }) => `${payload.text} ${state}`),
  }
  page.outbox = createOutbox({
    request: (event, payload) => { requests.push({ event, payload }); return new Promise(resolve => waiting.push(resolve)) },
    isConnected: () => page.online, onChange: () => {}, retryLater: (retry, wait) => { retries.push(retry); waits.push(wait) },
    head: () => page.head, storage,
  })
  page.write = text => { page.outbox.send("post", { channel: "room:1", text }) }
  return page
}

test("messages are sent in order, one after the other", async () => {
  const ann = page()
  for (const text of ["one", "two", "three"]) ann.write(text)
  assert.deepEqual(ann.states(), ["one sending", "two queued", "three queued"])

  await ann.answer({ ok: 7 })
  await ann.answer({ ok: 8 })

  assert.deepEqual(ann.texts(), ["one", "two", "three"])
  assert.deepEqual(ann.states(), ["one sent", "two sent", "three sending"])
})

test("an unanswered message is sent again under the same key, before later ones", async () => {
  const ann = page()
  for (const text of ["one", "two"]) ann.write(text)
  ann.online = false
  await ann.answer({ error: "no answer", code: "timeout" })
  ann.write("three")
  assert.deepEqual(ann.states(), ["one queued", "two queued", "three queued"])

  ann.online = true
  ann.outbox.drain()
  for (const seq of [7, 8, 9]) await ann.answer({ ok: seq })

  assert.deepEqual(ann.texts(), ["one", "one", "two", "three"])
  assert.equal(ann.requests[0].payload.key, ann.requests[1].payload.key)
  assert.equal(new Set(ann.requests.map(({ payload }) => payload.key)).size, 3)
})

test("a message waits to be taken back, and then goes before later ones", async () => {
  const ann = page(), wait = text => ann.outbox.send("post", { channel: "room:1", text, key: text }, undefined, undefined, 5)
  wait("one")
  wait("two")
  wait("three")
  assert.deepEqual([ann.texts(), ann.states()], [[], ["one waiting", "two waiting", "three waiting"]])
  assert.ok(ann.waits.length === 1 && ann.waits[0] > 4000 && ann.waits[0] < 5100)

  assert.equal(ann.outbox.takeBack("two").payload.text, "two")
  for (const { payload } of ann.outbox.jobs) ann.outbox.change(payload.key, { until: 1 })
  await ann.answer({ ok: 7 })
  await ann.answer({ ok: 8 })

  assert.deepEqual(ann.texts(), ["one", "three"])
  assert.equal(ann.outbox.takeBack("one"), undefined)
})

test("a message that waited in an earlier page waits on, and goes at once if its time is over", async () => {
  const [time, job] = [Date.now() / 1000, text => ({ event: "post", payload: { channel: "room:1", text, key: text }, at: 1, state: "waiting" })]
  const ann = page({ put() {}, remove() {}, all: async () => [{ ...job("late"), until: time - 1 }, { ...job("soon"), until: time + 4 }, { ...job("another clock"), until: time + 4000 }] })
  ann.outbox.load()
  await new Promise(setImmediate)

  assert.deepEqual(ann.states(), ["late sending", "soon waiting", "another clock queued"])
})

test("a message waits for its files, and later ones go before it", async () => {
  const stored = [], ann = page({ put: job => stored.push(job.state), remove() {}, all: async () => [] })
  ann.outbox.send("post", { channel: "room:1", text: "one", key: "k" }, undefined, [{ name: "a.txt" }])
  ann.write("two")
  await ann.answer({ ok: 7 })
  assert.deepEqual([ann.states(), stored], [["one uploading", "two sent"], ["uploading", "queued"]])

  ann.outbox.change("k", { state: "failed" })
  ann.outbox.retry("k")
  assert.deepEqual(ann.states(), ["one uploading", "two sent"])
  ann.outbox.change("k", { state: "queued", uploads: undefined, payload: { channel: "room:1", text: "one", key: "k", files: ["f"] } })
  await ann.answer({ ok: 8 })

  assert.deepEqual(ann.requests.map(({ payload }) => payload.files), [undefined, ["f"]])
})

test("a change replaces a waiting one of its name, is sent without its key, and resolves with the answer", async () => {
  const stored = new Map(), ann = page({ put: job => stored.set(job.payload.key, job), remove: key => stored.delete(key), all: async () => [] })
  ann.online = false
  const answers = [4, 7].map(seq => ann.outbox.sendChange("read", { channel: "room:1", seq }, { name: "read room:1", shown: seq }))
  answers.push(ann.outbox.sendChange("level", { channel: "room:1", level: "loud" }))
  ann.write("one")
  assert.deepEqual([...stored.values()].map(({ event, shown }) => [event, shown]), [["read", 7], ["level", undefined], ["post", undefined]])

  ann.online = true
  ann.outbox.drain()
  await ann.answer({ error: "no answer", code: "timeout" })
  ann.outbox.drain()
  await ann.answer({ ok: null })
  await ann.answer({ error: "There is no such level.", code: "bad_input" })
  await ann.answer({ ok: 8 })

  const read = { event: "read", payload: { channel: "room:1", seq: 7 } }
  assert.deepEqual(ann.requests.slice(0, 3), [read, read, { event: "level", payload: { channel: "room:1", level: "loud" } }])
  assert.deepEqual(await Promise.all(answers), [{ ok: null }, { ok: null }, { error: "There is no such level.", code: "bad_input" }])
  assert.deepEqual([ann.states(), stored.size], [["one sent"], 0])
})

test("a busy server is retried later, not at once", async () => {
  const ann = page()
  ann.write("one")
  await ann.answer({ error: "too much at once", code: "busy" })
  assert.deepEqual([ann.requests.length, ann.retries.length, ann.states()], [1, 1, ["one queued"]])

  ann.retries[0]()
  await ann.answer({ ok: 1 })

  assert.deepEqual(ann.states(), ["one sent"])
})

test("a refused message does not hold up others, and a retry keeps its key", async () => {
  const ann = page()
  ann.write("far too long")
  ann.write("short")
  await ann.answer({ error: "Your message is too long: 5 characters at most.", code: "too_large" })
  await ann.answer({ ok: 1 })
  assert.deepEqual(ann.states(), ["far too long failed", "short sent"])
  assert.equal(ann.outbox.jobs[0].words, "Your message is too long: 5 characters at most.")

  ann.outbox.retry(ann.requests[0].payload.key)
  await ann.answer({ ok: 2 })

  assert.deepEqual(ann.states(), ["far too long sent", "short sent"])
  assert.equal(ann.requests[2].payload.key, ann.requests[0].payload.key)
})

test("messages shown in the channel leave the outbox", async () => {
  const ann = page()
  for (const text of ["one", "two", "three"]) ann.write(text)
  await ann.answer({ ok: 7 })
  ann.online = false
  await ann.answer({ error: "no answer", code: "timeout" })
  const [, two] = ann.outbox.jobs

  ann.outbox.confirm("room:2", new Set([two.payload.key]), 99)
  assert.equal(ann.outbox.jobs.length, 3)
  ann.outbox.confirm("room:1", new Set([two.payload.key]), 8)
  ann.online = true
  ann.outbox.drain()

  assert.deepEqual(ann.states(), ["three sending"])
  assert.deepEqual(ann.texts(), ["one", "two", "three"])
})

test("a discarded message is removed", async () => {
  const ann = page()
  ann.write("a mistake")
  await ann.answer({ error: "no", code: "denied" })

  ann.outbox.discard(ann.requests[0].payload.key)

  assert.deepEqual(ann.outbox.jobs, [])
})

test("keys are unique and sorted by time", () => {
  const keys = new Set(Array.from({ length: 100 }, makeKey))

  assert.equal(keys.size, 100)
  for (const key of keys) {
    assert.match(key, /^[0-9a-f]{32}$/)
    assert.ok(Math.abs(Number.parseInt(key.slice(0, 12), 16) - Date.now()) < 60_000)
  }
})

/** A storage that several pages share, like that of a browser. */
function sharedStorage() {
  const jobs = new Map()
  return {
    jobs, put: job => { jobs.set(job.payload.key, structuredClone({ ...job, state: job.state === "failed" ? "failed" : "queued" })) },
    remove: key => { jobs.delete(key) }, all: async () => [...jobs.values()],
  }
}

test("jobs of an earlier page are sent first, under their keys, and removed once answered", async () => {
  const storage = sharedStorage(), before = page(storage)
  before.online = false
  for (const text of ["one", "two"]) before.write(text)
  const keys = [...storage.jobs.keys()]

  const ann = page(storage)
  ann.online = false
  ann.write("three")
  await ann.outbox.load()
  ann.online = true
  ann.outbox.drain()
  for (const seq of [1, 2, 3]) await ann.answer({ ok: seq })

  assert.deepEqual(ann.texts(), ["one", "two", "three"])
  assert.deepEqual(ann.requests.slice(0, 2).map(({ payload }) => payload.key), keys)
  assert.equal(storage.jobs.size, 0)
})

test("a refused message stays stored until its author decides", async () => {
  const storage = sharedStorage(), ann = page(storage)
  ann.write("one")
  await ann.answer({ error: "no", code: "denied" })

  const later = page(storage)
  await later.outbox.load()
  assert.deepEqual(later.states(), ["one failed"])
  assert.equal(later.outbox.jobs[0].words, "no")
  later.outbox.discard(later.outbox.jobs[0].payload.key)

  assert.equal(storage.jobs.size, 0)
})

test("a retry waits as long as the server asks, and nothing overtakes it", async () => {
  const ann = page()
  for (const text of ["one", "two"]) ann.write(text)
  await ann.answer({ error: "too fast", code: "too_fast", retry_after: 7 })

  assert.deepEqual(ann.states(), ["one queued", "two queued"])
  assert.ok(ann.waits[0] >= 7000 && ann.waits[0] <= 7500, String(ann.waits[0]))
  ann.retries.shift()()
  await ann.answer({ ok: 1 })
  assert.deepEqual(ann.texts(), ["one", "one", "two"])
})

test("a message answered after it was shown is removed at once", async () => {
  const ann = page()
  ann.head = 9
  ann.write("one")
  await ann.answer({ ok: 9 })

  assert.deepEqual(ann.states(), [])
})

test("two pages sending the same jobs keep their order", async () => {
  const storage = sharedStorage(), closed = page(storage)
  closed.online = false
  for (const text of ["one", "two"]) closed.write(text)
  const log = []
  /** Answer the next request of a page, as a server that stores each key once. */
  const serve = async page => {
    const { key } = page.requests[page.served ?? 0].payload
    page.served = (page.served ?? 0) + 1
    if (!log.includes(key)) log.push(key)
    await page.answer({ ok: log.indexOf(key) + 1 })
  }

  const [first, second] = [page(storage), page(storage)]
  const loads = [first.outbox.load(), second.outbox.load()]
  await new Promise(setImmediate)
  for (const page of [second, first, first, second]) await serve(page)
  await Promise.all(loads)

  assert.deepEqual(log, closed.outbox.jobs.map(({ payload }) => payload.key))
  assert.equal(storage.jobs.size, 0)
})

test("jobs of an earlier page go first even if the clock was set back", async () => {
  const storage = sharedStorage(), before = page(storage), { now } = Date
  before.online = false
  Date.now = () => now() + 3_600_000
  before.write("one")
  Date.now = now

  const ann = page(storage)
  ann.online = false
  ann.write("two")
  await ann.outbox.load()
  ann.write("three")

  assert.deepEqual(ann.states(), ["one queued", "two queued", "three queued"])
})

test("a job of an older page is upgraded step by step", () => {
  const job = { event: "post", payload: { channel: "room:1", text: "hello", key: "a" }, at: 1, state: "queued" }
  const steps = {
    1: job => ({ ...job, event: "say" }),
    3: job => ({ ...job, payload: { ...job.payload, words: job.payload.text } }),
  }

  assert.deepEqual(upgrade(job, 1, steps), { ...job, protocol: 1 })
  assert.deepEqual(upgrade({ ...job, protocol: 2 }, 3, steps), { ...job, protocol: 3 })
  const newest = upgrade(job, 4, steps)
  assert.equal(newest.event, "say")
  assert.deepEqual(newest.payload, { ...job.payload, words: "hello" })
})

test("a reply that a page of protocol 1 left still goes to the room, too", () => {
  const reply = { event: "post", payload: { channel: "room:1", text: "hello", key: "a", thread: 7, also: true }, at: 1, state: "queued" }
  const react = { event: "react", payload: { channel: "room:1", seq: 7, emoji: "👍", on: true, key: "b" }, at: 2, state: "failed", protocol: 1 }

  const { also: _, ...rest } = reply.payload
  assert.deepEqual(upgrade(reply, 2), { ...reply, payload: { ...rest, also_to_room: true }, protocol: 2 })
  assert.deepEqual(upgrade(react, 2), { ...react, protocol: 2 })
})

test("a view that throws does not stop the outbox", async t => {
  t.mock.method(console, "error", () => {})
  const sent = []
  const outbox = createOutbox({
    request: async (event, payload) => { sent.push(payload.text); return { ok: sent.length } },
    isConnected: () => true, onChange: () => { throw new Error("a fault") }, retryLater: () => {},
  })

  for (const text of ["one", "two"]) await outbox.send("post", { channel: "room:1", text }).catch(() => {})

  assert.deepEqual(sent, ["one", "two"])
})

test("a stored job that cannot be read does not hold up the others", async t => {
  t.mock.method(console, "error", () => {})
  const good = { event: "post", payload: { channel: "room:1", text: "good", key: "k" }, at: 1, state: "queued" }
  const ann = page({ put() {}, remove() {}, all: async () => [{ nonsense: true }, good] })
  const bob = page({ put() {}, remove() {}, all: async () => { throw new Error("the disk is broken") } })

  for (const { outbox } of [ann, bob]) await Promise.race([outbox.load().catch(() => {}), new Promise(setImmediate)])
  bob.write("new")

  assert.deepEqual([ann.texts(), bob.texts()], [["good"], ["new"]])
})

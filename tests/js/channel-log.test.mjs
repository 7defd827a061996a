// The channel log: applying entries gives the same items as a later window; nothing twice, nothing beyond a gap.
import assert from "node:assert/strict"
import { test } from "node:test"
import { createChannelLog, firstIndexFrom } from "../../hubbub/web/static/channel-log.js"

const reducers = {
  message: (items, { seq, n, author, at, key, data }) => { items.push({ seq, n, author, at, key, text: data.text }) },
}

/** A log as the server keeps it: messages, and every third entry of a kind that makes no item. */
function logOf(length) {
  let n = 0
  return Array.from({ length }, (_, index) => {
    const seq = index + 1, kind = seq % 3 === 0 ? "topic" : "message"
    if (kind === "message") n++
    return { channel: "room:1", seq, n, kind, author: seq % 4, at: 1000 + seq, key: `k${seq}`, data: { text: `text ${seq}` } }
  })
}

/** The server's projection: the newest items up to `head`. */
function windowAt(log, head, limit = 50, before = Infinity) {
  const items = log.slice(0, head).filter(({ kind, seq }) => kind === "message" && seq < before).slice(-limit)
    .map(({ seq, n, author, at, key, data }) => ({ seq, n, author, at, key, text: data.text }))
  return { channel: "room:1", items, as_of: head ? [head, `k${head}`] : [0, ""] }
}

function openLog(window, onGap = async () => {}) {
  const received = []
  const channel = createChannelLog("room:1", { reducers, onGap, onChange: entry => received.push(entry?.seq ?? "reset") })
  channel.reset(window)
  received.length = 0
  return { channel, received }
}

test("a window plus the entries after it equals a later window", () => {
  const log = logOf(40)

  for (let start = 0; start <= 40; start++) {
    const { channel } = openLog(windowAt(log, start))
    log.slice(start).forEach(channel.apply)

    assert.deepEqual(channel.items, windowAt(log, 40).items)
    assert.deepEqual(channel.cursor, [40, "k40"])
  }
})

test("entries applied before are ignored", () => {
  const log = logOf(10)
  const { channel, received } = openLog(windowAt(log, 8))

  for (const entry of [...log, ...log, log[3]]) channel.apply(entry)

  assert.deepEqual(channel.items, windowAt(log, 10).items)
  assert.deepEqual(received, [9, 10])
})

test("a gap requests the missing entries once, and nothing is applied beyond it", async () => {
  const log = logOf(12), requested = []
  let answer = () => {}
  const onGap = name => { requested.push(name); return new Promise(resolve => { answer = resolve }) }
  const { channel } = openLog(windowAt(log, 4), onGap)

  log.slice(6).forEach(channel.apply)
  assert.deepEqual([channel.cursor, requested], [[4, "k4"], ["room:1"]])

  log.slice(4).forEach(channel.apply)
  answer()
  await new Promise(setImmediate)
  assert.deepEqual(channel.items, windowAt(log, 12).items)

  channel.apply({ ...log[0], seq: 99 })
  assert.deepEqual(requested, ["room:1", "room:1"])
})

test("an entry of an unknown kind moves only the cursor", () => {
  const log = logOf(6)
  const { channel } = openLog(windowAt(log, 5))
  const before = [...channel.items]

  channel.apply({ ...log[5], kind: "from the future" })

  assert.deepEqual(channel.items, before)
  assert.deepEqual(channel.cursor, [6, "k6"])
})

test("a reset replaces all items", () => {
  const log = logOf(2000)
  const { channel, received } = openLog(windowAt(log, 5))

  channel.reset(windowAt(log, 2000))

  assert.deepEqual(channel.items, windowAt(log, 2000).items)
  assert.deepEqual([channel.cursor, received], [[2000, "k2000"], ["reset"]])
})

test("older windows are prepended without duplicates", () => {
  const log = logOf(200)
  const { channel } = openLog(windowAt(log, 200, 20))

  while (!channel.complete) {
    const first = channel.items[0].seq
    channel.prepend(windowAt(log, 200, 30, first))
    channel.prepend(windowAt(log, 200, 30, first))
  }

  assert.deepEqual(channel.items, windowAt(log, 200, Infinity).items)
})

test("an index is found for every seq, also for one without an item", () => {
  const items = windowAt(logOf(9), 9).items

  assert.deepEqual(items.map(({ seq }) => seq), [1, 2, 4, 5, 7, 8])
  assert.deepEqual([0, 1, 3, 4, 6, 8, 9].map(seq => firstIndexFrom(items, seq)), [0, 0, 2, 2, 4, 5, 6])
})

test("a window of a restored server replaces a newer state", () => {
  const log = logOf(40), { channel } = openLog(windowAt(log, 40))

  channel.replace(windowAt(log, 10))
  assert.deepEqual([channel.cursor, channel.n], [[10, "k10"], log[9].n])
  log.slice(10, 13).forEach(channel.apply)

  assert.deepEqual(channel.items, windowAt(log, 13).items)
})

test("a reducer that throws is reported once, with kind and seq, and the next entries are applied", t => {
  const { mock } = t.mock.method(console, "error", () => {}), log = logOf(8), seen = []
  const channel = createChannelLog("room:1", {
    onGap: async () => {}, onChange: entry => { if (entry) seen.push(entry.seq) },
    reducers: { ...reducers, topic: () => { throw new Error("a fault") } },
  })
  channel.reset(windowAt(log, 1))

  log.slice(1).forEach(channel.apply)

  assert.deepEqual([channel.cursor, seen], [[8, "k8"], [2, 3, 4, 5, 6, 7, 8]])
  assert.deepEqual(channel.items, windowAt(log, 8).items)
  assert.deepEqual(mock.calls.map(({ arguments: [words] }) => words.match(/3|6/)?.[0]), ["3", "6"])
  assert.match(mock.calls[0].arguments[0], /topic/)
})

// Rows: message groups, the divider, grouped room events, and which rows are rendered.
import assert from "node:assert/strict"
import { test } from "node:test"
import { groupEvents, layOut, rowOf, rowsOf } from "../../hubbub/chat/static/rows.js"
import { rangeAround, visibleRows } from "../../hubbub/chat/static/visible-rows.js"

const MINUTE = 60, DAY = 86400
const dayOf = at => Math.floor(at / DAY)
const message = (seq, author, at, more = {}) => ({ kind: "message", seq, n: seq, author, at, key: `k${seq}`, text: `text ${seq}`, ...more })
const line = (seq, kind, author, data = {}, at = seq) => ({ kind, seq, n: 0, author, at, key: `k${seq}`, text: "", data })

test("messages of one author within five minutes share a header", () => {
  const authorsAndTimes = [[1, 0], [1, 4 * MINUTE], [1, 9 * MINUTE], [2, 9 * MINUTE], [2, 15 * MINUTE], [2, DAY], [2, DAY + 1]]

  const rows = layOut(authorsAndTimes.map(([author, at], index) => rowOf(message(index + 1, author, at))), dayOf, 7)

  assert.deepEqual(rows.map(({ head }) => head), [true, false, false, true, true, true, true])
  assert.deepEqual(rows.map(({ day }) => day), [true, false, false, false, false, true, false])
  assert.deepEqual(rows.map(({ divider }) => divider), [false, false, false, false, false, false, true])
})

test("quotes, replies to other threads and messages after a deleted one start a group", () => {
  const items = [message(1, 1, 0), message(2, 1, 1, { quote: 1 }), message(3, 1, 2, { thread: 1 }), message(4, 1, 3, { thread: 1 }),
    message(5, 1, 4, { deleted: true, replies: { n: 1 } }), message(6, 1, 5)]

  assert.deepEqual(layOut(items.map(rowOf), dayOf).map(({ head }) => head), [true, true, true, false, true, true])
})

test("the divider is before the first new message, and never at a window's edge", () => {
  const rules = (items, at) => layOut(rowsOf(items, dayOf), dayOf, at).filter(({ divider }) => divider).map(({ item }) => item.seq)

  assert.deepEqual(rules([message(1, 1, 0), message(2, 2, 1, { deleted: true }), message(3, 2, 2)], 2), [3])
  assert.deepEqual(rules([message(8, 1, 0), message(9, 2, 1)], 2), [])
  assert.deepEqual(rules([message(2, 1, 0), message(3, 2, 1)], 2), [2])
})

test("consecutive room events share a row, grouped by kind", () => {
  const items = [line(1, "created", 1), line(2, "joined", 1, { person: 1 }), line(3, "joined", 2, { person: 2 }), line(4, "joined", 3, { person: 4, by: 3 }),
    message(5, 1, 5), line(6, "left", 2, { person: 2 })]

  const rows = rowsOf(items, dayOf)
  assert.deepEqual(rows.map(({ lines }) => lines?.length ?? 0), [4, 0, 1])
  assert.deepEqual(groupEvents(rows[0].lines).map(({ kind, people, by }) => [kind, people, by]), [["created", [1], 0], ["joined", [1, 2], 0], ["joined", [4], 3]])
})

test("a deleted message without replies is not shown", () => {
  const items = [message(1, 1, 0), message(2, 1, 1, { deleted: true }), message(3, 1, 2, { deleted: true, replies: { n: 1 } })]

  assert.deepEqual(rowsOf(items, dayOf).map(({ item }) => item.seq), [1, 3])
})

test("at most 120 of thousands of rows are rendered", () => {
  const items = Array.from({ length: 5000 }, (_, index) => index % 7 === 3 ? line(index + 1, "joined", 2, { person: 2 }) : message(index + 1, index % 3, index * 40))
  const what = { items, jobs: [], me: 1, divider: 0 }

  for (const at of [0, 1, 40, 2500, 4990, 4999]) {
    const range = rangeAround(items, at), { rows, start, end } = visibleRows(what, range, true, dayOf)
    assert.ok(rows.length <= 120, `${rows.length} rows at ${at}`)
    assert.ok(start <= at && at <= end, `${start} to ${end} at ${at}`)
    assert.ok(rows.some(({ item, lines }) => (lines ?? [item]).some(({ seq }) => seq === items[at].seq)), `nothing at ${at}`)
  }
  const { rows, end } = visibleRows(what, null, true, dayOf)
  assert.equal(end, 4999)
  assert.equal(rows[rows.length - 1].item.seq, 5000)
})

test("new messages are rendered if the range reaches the end", () => {
  const items = Array.from({ length: 90 }, (_, index) => message(index + 1, 1, index))
  const range = rangeAround(items, 70)
  items.push(message(91, 2, 91))

  assert.equal(visibleRows({ items, jobs: [], me: 1, divider: 0 }, range, true, dayOf).end, 90)
})

test("the first message of a thread is rendered above its newest replies", () => {
  const items = [message(1, 1, 0), ...Array.from({ length: 300 }, (_, n) => message(n + 2, 2, n + 1))]

  const ofThread = visibleRows({ items, jobs: [], me: 9, divider: 0, root: 1 }, null, true, dayOf).rows
  const ofRoom = visibleRows({ items, jobs: [], me: 9, divider: 0 }, null, true, dayOf).rows

  assert.deepEqual([ofThread[0].item.seq, ofThread.at(-1).item.seq], [1, 301])
  assert.deepEqual(ofThread.slice(1).map(({ item }) => item.seq), ofRoom.map(({ item }) => item.seq))
})

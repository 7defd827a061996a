// The inbox of a page: the times to snooze until, and the conversations that it shows offline, grouped as the server does.
process.env.TZ = "Europe/Berlin"
import assert from "node:assert/strict"
import { test } from "node:test"
import "./browser-globals.mjs"

const { fieldOf } = await import("../../hubbub/web/static/dates.js")
const { snoozeTimes } = await import("../../hubbub/notifications/static/snooze-times.js")
const { groupItems, groups, refresh } = await import("../../hubbub/notifications/static/inbox-groups.js")
const { done } = await import("../../hubbub/notifications/static/inbox-acts.js")
const { Toasts } = await import("../../hubbub/web/static/toast.js")
const { reducers } = await import("../../hubbub/notifications/static/inbox.js")
const secondsOf = moment => Date.parse(moment) / 1000
const timesAt = moment => Object.fromEntries(snoozeTimes(secondsOf(moment)).map(({ name, at }) => [name, new Date(at * 1000).toISOString().slice(0, 16)]))

test("tomorrow and Monday are at nine where I am", () => {
  assert.deepEqual(timesAt("2026-12-01T20:00:00Z"), {
    minutes: "2026-12-01T20:20", hours: "2026-12-01T23:00", tomorrow: "2026-12-02T08:00", monday: "2026-12-07T08:00" })
})

test("also on the day on which the clocks change", () => {
  assert.equal(timesAt("2026-03-28T20:00:00Z").tomorrow, "2026-03-29T07:00")
  assert.equal(timesAt("2026-10-24T20:00:00Z").monday, "2026-10-26T08:00")
})

test("on a Monday the next one is in a week, and on a Sunday tomorrow is enough", () => {
  assert.equal(timesAt("2026-11-30T06:00:00Z").monday, "2026-12-07T08:00")
  assert.deepEqual(Object.keys(timesAt("2026-11-29T12:00:00Z")), ["minutes", "hours", "tomorrow"])
})

test("a moment is written as the field for dates wants it", () => assert.equal(fieldOf(secondsOf("2026-12-01T20:00:00Z")), "2026-12-01T21:00"))

test("conversations show their last lines, newest first, and nothing that is snoozed or deleted", () => {
  const one = (seq, more) => ({ seq, at: seq, author: 7, read: false, cause: "mention", channel: "room:1", root: 0, ...more })
  const items = [one(1), one(2), one(3, { root: 9, cause: "reply" }), one(4, { read: true }), one(5, { snoozed_until: 99 }),
    one(6, { deleted: true }), one(7, { cause: "script", channel: "" })]
  const shown = filter => groupItems(items, filter).map(({ conversation, unread, items }) => [conversation, unread, items.map(({ seq }) => seq)])

  assert.deepEqual(shown("all"), [["script:7", 1, [7]], ["room:1", 2, [2, 4]], ["room:1#9", 1, [3]]])
  assert.deepEqual(shown("unread"), [["script:7", 1, [7]], ["room:1#9", 1, [3]], ["room:1", 2, [1, 2]]])
  assert.deepEqual(shown("threads"), [["room:1#9", 1, [3]]])
  assert.deepEqual(shown("alerts"), [["script:7", 1, [7]]])
  assert.deepEqual(shown("snoozed"), [["room:1", 1, [5]]])
})

test("an answer that a later one has overtaken is not shown", async () => {
  const waiting = []
  globalThis.fetch = () => new Promise(resolve => waiting.push(resolve))
  const answer = conversation => new Response(JSON.stringify({ groups: [{ conversation, unread: 1, items: [{ seq: 1 }] }], next: null, counts: {}, people: {} }),
    { headers: { "Content-Type": "application/json" } })
  const requests = [refresh(), refresh()]
  waiting[1](answer("new"))
  await requests[1]
  waiting[0](answer("old"))
  await requests[0]

  assert.deepEqual(groups.value.map(({ conversation }) => conversation), ["new"])
})

test("each notice undoes its own action, also while the server does not have it yet", async () => {
  const later = globalThis.setTimeout
  globalThis.setTimeout = (...timer) => later(...timer).unref()
  const group = conversation => ({ conversation, unread: 1, items: [{ seq: 0 }] })
  const conversations = ["room:1", "room:2"], shown = () => groups.value.map(({ unread }) => unread)
  const buttons = node => [node].flat(9).flatMap(one => one?.type === "button" && one.props.class === "plain" ? [one] : one?.props ? buttons(one.props.children) : [])
  globalThis.fetch = async () => new Response(JSON.stringify({ groups: conversations.map(group), next: null, counts: {}, people: {} }), { headers: { "Content-Type": "application/json" } })
  await refresh()
  conversations.forEach(one => { done(group(one)) })
  const before = shown()
  buttons(Toasts())[0].props.onClick()
  globalThis.setTimeout = later

  assert.deepEqual([before, shown()], [[0, 0], [1, 0]])
})

test("what was snoozed is shown again once that is undone, unless it was marked as read while snoozed", () => {
  const items = [{ seq: 1, snoozed_until: 99, read: false }, { seq: 2, snoozed_until: 99, read: true }]
  reducers.unread(items, { data: { targets: [1] } })
  reducers.unread(items, { data: { targets: [2], snoozed: true } })

  assert.deepEqual(items, [{ seq: 1, read: false }, { seq: 2, snoozed_until: 99, read: false }])
})

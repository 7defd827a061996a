// The service worker: it subscribes again when the push service has ended a subscription, shows what is unread on the icon,
// and falls back to the page without data.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { runInNewContext } from "node:vm"

const SCRIPT = readFileSync(new URL("../../hubbub/notifications/static/worker.js", import.meta.url), "utf8")

/** The part of IndexedDB that the worker uses; each operation is done at once. */
function memory() {
  const stored = new Map()
  const store = { put: value => { stored.set(value.key, value) }, delete: key => { stored.delete(key) }, getAll: () => ({ result: [...stored.values()] }) }
  const open = () => {
    const request = { result: { close() {}, transaction: () => {
      const transaction = { objectStore: () => Object.fromEntries(Object.entries(store).map(([name, act]) => [name, (...given) => act(...given) ?? {}])) }
      setImmediate(() => transaction.oncomplete())
      return transaction
    } } }
    setImmediate(() => request.onsuccess())
    return request
  }
  return { open, stored }
}

/** Start the worker in a browser; `network` answers its requests. Return what it did, and a function that fires events. */
function start({ network = async () => ({ ok: true, status: 200, json: async () => ({ key: "server key", unread: 2 }) }), endpoint = "", showing = [] } = {}) {
  const listeners = {}, requests = [], keys = [], shown = [], badges = [], opened = [], told = [], closed = [], syncs = [], database = memory()
  const subscription = { toJSON: () => ({ endpoint, keys: { p256dh: "p", auth: "a" } }) }
  const world = { network }
  const fetch = async (path, { method = "GET", body } = {}) => { requests.push([method, path, body && JSON.parse(body)]); return world.network() }
  const notifications = showing.map(one => ({ ...one, close: () => { closed.push(one.tag) } }))
  const registration = { scope: "http://page.test/chat/", sync: { register: async tag => { syncs.push(tag) } },
    pushManager: { subscribe: async options => { keys.push(options.applicationServerKey); return subscription } },
    getNotifications: async ({ tag } = {}) => notifications.filter(one => !tag || one.tag === tag),
    showNotification: async (title, options) => { shown.push({ title, ...options }) } }
  const clients = { matchAll: async () => (world.page ? [world.page] : []), openWindow: async address => { opened.push(address) } }
  world.page = { url: "http://page.test/elsewhere", postMessage: data => { told.push(data) } }
  runInNewContext(SCRIPT, { fetch, indexedDB: database, crypto: { randomUUID: () => `key${requests.length}` }, URL, Date, self: { registration, clients,
    navigator: { setAppBadge: async count => { badges.push(count) } }, addEventListener: (kind, act) => { listeners[kind] = act } } })
  const fire = async (kind, event) => { let work; listeners[kind]({ ...event, waitUntil: promise => { work = promise } }); await work; await new Promise(setImmediate) }
  const push = message => fire("push", { data: { json: () => message } })
  const click = (action, reply, data) => fire("notificationclick", { action, reply, notification: { data, close() {} } })
  return { world, requests, keys, shown, badges, opened, told, closed, syncs, stored: database.stored, fire, push, click }
}

test("an ended subscription is renewed with the server's key of now, and the old one is removed", async () => {
  const { requests, keys, fire } = start({ endpoint: "https://push.example/2" })

  await fire("pushsubscriptionchange", { oldSubscription: { endpoint: "https://push.example/1", options: { applicationServerKey: "old key" } } })

  assert.deepEqual(keys, ["server key"])
  assert.deepEqual(requests.slice(1), [["POST", "http://page.test/chat/api/push", { endpoint: "https://push.example/2", p256dh: "p", auth: "a" }],
    ["DELETE", "http://page.test/chat/api/push", { endpoint: "https://push.example/1" }]])
})

test("while the server is away, a subscription is renewed with its old key", async () => {
  const { world, keys, fire } = start()
  world.network = async () => { throw new TypeError("offline") }

  await assert.rejects(fire("pushsubscriptionchange", { oldSubscription: { endpoint: "https://push.example/1", options: { applicationServerKey: "old key" } } }))

  assert.deepEqual(keys, ["old key"])
})

test("a test that arrives is told to the open pages", async () => {
  const { told, push } = start()

  await push({ title: "It works", check: true })

  assert.deepEqual(told.map(({ checked }) => checked), [true])
})

test("a message shows its buttons, rings by its priority, and sets the number on the icon of the app", async () => {
  const { shown, badges, push } = start({ showing: [{ tag: "room:2", data: { seq: 9 } }] })
  const actions = [["reply", "Antworten"], ["done", "Als gelesen markieren"]]

  await push({ title: "Olga", body: "tea?", tag: "room:1", unread: 3, priority: 3, seq: 8, person: 5, url: "/room/1/8", actions })
  for (const priority of [1, 4, 5]) await push({ title: "Olga", tag: "room:1", priority })
  await push({ title: "Olga", tag: "room:2", seq: 9 })

  const [usual, quiet, loud, loudest, again] = JSON.parse(JSON.stringify(shown))
  assert.deepEqual(badges, [3])
  assert.deepEqual(usual, { title: "Olga", body: "tea?", tag: "room:1", renotify: true, requireInteraction: false, data: { url: "/room/1/8", person: 5, seq: 8 },
    actions: [{ action: "reply", title: "Antworten", type: "text", placeholder: "Antworten" }, { action: "done", title: "Als gelesen markieren" }] })
  assert.deepEqual([quiet.silent, quiet.renotify, loud.vibrate.length, loudest.vibrate.length, loudest.requireInteraction], [true, undefined, 3, 5, true])
  assert.equal(again.renotify, false) // an open page has rung for it
})

test("what was read elsewhere is closed", async () => {
  const { shown, closed, badges, push } = start({ showing: [{ tag: "room:1" }, { tag: "room:2" }] })

  await push({ withdraw: ["room:1"], unread: 0 })

  assert.deepEqual([closed, badges, shown], [["room:1"], [0], []])
})

test("a reply without a network is stored, and sent once under its key when there is one", async () => {
  const { world, requests, syncs, badges, stored, click, fire } = start()
  const online = world.network, data = { person: 5, seq: 8, url: "/room/1/8", failed: "Not sent" }
  world.network = async () => { throw new TypeError("offline") }
  await click("reply", " Tea! ", data)
  world.network = async () => ({ status: 503 })
  await fire("sync", { tag: "notification-actions" })
  assert.deepEqual([stored.size, syncs.length], [1, 2])
  world.network = online
  await fire("message", { data: { act: true } })
  await fire("sync", { tag: "notification-actions" })

  const act = ["POST", "http://page.test/chat/api/inbox/act", { person: 5, seq: 8, action: "reply", text: "Tea!", key: "key0" }]
  assert.deepEqual([requests, stored.size, badges], [[act, act, act], 0, [2]])
})

test("a reply that the server refuses is shown again, and a click opens its conversation", async () => {
  const { world, shown, stored, opened, click } = start()
  const data = { person: 5, seq: 8, url: "/room/1/8", failed: "Deine Antwort wurde nicht gesendet" }
  world.network = async () => ({ ok: false, status: 403 })
  await click("reply", "Tea!", data)
  world.page = null
  await click("", "", data)
  await click("reply", null, data) // a platform without a field for text

  assert.deepEqual(shown.map(({ title, body, data: { url } }) => [title, body, url]), [["Deine Antwort wurde nicht gesendet", "Tea!", "/room/1/8"]])
  assert.deepEqual([stored.size, opened], [0, ["http://page.test/chat/room/1/8", "http://page.test/chat/room/1/8#reply"]])
})

/** The shell's part of the worker, with these stored pages, and a network that answers with a status, never, or not at all. */
async function open(stored, status, path = "room/1", SLOW = 20) {
  const script = readFileSync(new URL("../../hubbub/web/static/worker.js", import.meta.url), "utf8").replace(/SLOW = \d+/, `SLOW = ${SLOW}`)
  const listeners = {}, scope = "http://page.test/chat/"
  const caches = { keys: async () => Object.keys(stored), match: async (_, { cacheName } = {}) => cacheName && stored[cacheName] }
  const network = { late: () => new Promise(() => {}), none: async () => { throw new TypeError("offline") } }
  const fetch = network[status] ?? (async () => ({ status, from: "network" }))
  runInNewContext(script, { fetch, URL, setTimeout, self: { caches, registration: { scope }, addEventListener: (kind, act) => { listeners[kind] = act } } })
  let answer
  listeners.fetch({ request: { mode: "navigate", method: "GET", url: scope + path }, respondWith: promise => { answer = promise } })
  return answer && (await answer.catch(() => ({ from: "error" }))).from
}

test("the page comes from the server, and without an answer from the newest complete version that is stored", async () => {
  const stored = { "shell /chat/s/1": { from: "1" }, "shell /chat/s/2": { from: "2" }, "shell /chat/s/3": undefined, "shell /s/4": { from: "another server" } }

  const answers = [await open(stored, 200), await open(stored, 502), await open(stored, "none"), await open(stored, "late"), await open({}, "none"),
    await open({}, 503), await open(stored, "none", "files/1/a.pdf")]

  assert.deepEqual(answers, ["network", "2", "2", "2", "error", "network", "error"])
})

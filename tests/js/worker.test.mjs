// The service worker: it subscribes again when the push service has ended a subscription, shows what is unread on the icon,
// and falls back to the page without data.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { runInNewContext } from "node:vm"

const SCRIPT = readFileSync(new URL("../../hubbub/notifications/static/worker.js", import.meta.url), "utf8")

/** Start the worker with a browser that subscribes to `endpoint`; return its requests, and a function that fires events. */
function start(endpoint) {
  const listeners = {}, requests = [], keys = []
  const subscription = { toJSON: () => ({ endpoint, keys: { p256dh: "p", auth: "a" } }) }
  const subscribe = async options => { keys.push(options.applicationServerKey); return subscription }
  const fetch = async (path, { method = "GET", body } = {}) => { requests.push([method, path, body && JSON.parse(body)]); return { json: async () => ({ key: "server key" }) } }
  runInNewContext(SCRIPT, { fetch, self: { registration: { scope: "http://page.test/chat/", pushManager: { subscribe } }, addEventListener: (kind, act) => { listeners[kind] = act } } })
  const fire = async (kind, event) => { let work; listeners[kind]({ ...event, waitUntil: promise => { work = promise } }); await work }
  return { requests, keys, fire }
}

test("an ended subscription is renewed under the same key, and the old one is removed", async () => {
  const { requests, keys, fire } = start("https://push.example/2")

  await fire("pushsubscriptionchange", { oldSubscription: { endpoint: "https://push.example/1", options: { applicationServerKey: "old key" } } })

  assert.deepEqual(keys, ["old key"])
  assert.deepEqual(requests, [["POST", "http://page.test/chat/api/push", { endpoint: "https://push.example/2", p256dh: "p", auth: "a" }],
    ["DELETE", "http://page.test/chat/api/push", { endpoint: "https://push.example/1" }]])
})

test("a browser that does not tell the old subscription gets the key from the server", async () => {
  const { requests, keys, fire } = start("https://push.example/2")

  await fire("pushsubscriptionchange", {})

  assert.deepEqual(keys, ["server key"])
  assert.deepEqual(requests.map(([method]) => method), ["GET", "POST"])
})

test("a test that arrives is told to the open pages", async () => {
  const listeners = {}, told = [], page = { postMessage: data => { told.push(data) } }
  const self = { registration: { scope: "http://page.test/", showNotification: async () => {} }, navigator: {},
    clients: { matchAll: async () => [page] }, addEventListener: (kind, act) => { listeners[kind] = act } }
  runInNewContext(SCRIPT, { self })

  listeners.push({ data: { json: () => ({ title: "It works", check: true }) }, waitUntil() {} })
  await new Promise(setImmediate)

  assert.deepEqual(told.map(({ checked }) => checked), [true])
})

test("a pushed message shows how many are unread on the icon of the app", async () => {
  const listeners = {}, badges = [], shown = []
  const self = { registration: { scope: "http://page.test/", showNotification: async (title, { body }) => { shown.push([title, body]) } },
    navigator: { setAppBadge: async unread => { badges.push(unread) } }, addEventListener: (kind, act) => { listeners[kind] = act } }
  runInNewContext(SCRIPT, { self })

  let work
  listeners.push({ data: { json: () => ({ title: "Olga", body: "tea?", unread: 3 }) }, waitUntil: promise => { work = promise } })
  await work

  assert.deepEqual([badges, shown], [[3], [["Olga", "tea?"]]])
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

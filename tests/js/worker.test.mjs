// The service worker: it subscribes again when the push service has ended a subscription.
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

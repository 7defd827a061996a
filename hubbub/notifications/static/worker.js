// The service worker's part for notifications: it shows push messages while no page is active, with actions, closes what was
// read elsewhere, and opens what they are about. What a person does with a notification is stored until the server has it.
const worker = /** @type {any} */ (self), QUIET = 2, LOUD = 4, LOUDEST = 5 // priorities
const QUEUE = "notification-actions" // the name of the background sync
/** Return the address of a path of this server. @param {string} path */
const url = path => worker.registration.scope.slice(0, -1) + path

worker.addEventListener("push", (/** @type {any} */ event) => event.waitUntil(receive(event.data?.json() ?? {})))

/** @param {any} message */
async function receive(message) {
  if (message.check) windows().then((/** @type {any[]} */ pages) => pages.forEach((/** @type {any} */ page) => page.postMessage({ checked: true })))
  if (message.unread !== undefined) worker.navigator.setAppBadge?.(message.unread).catch(() => {})
  await (message.withdraw ? withdraw(message.withdraw) : show(message))
  await sendAll().catch(() => {}) // this device has a network
}

/** Close what was read elsewhere. @param {string[]} tags */
async function withdraw(tags) {
  for (const shown of await worker.registration.getNotifications()) if (tags.includes(shown.tag)) shown.close()
}

/** @param {any} message */
async function show({ title = "Hubbub", body = "", tag, url: path = "/inbox", priority = 3, at, person, seq = 0, actions = [], failed }) {
  const before = tag && await worker.registration.getNotifications?.({ tag }), isQuiet = priority <= QUIET
  const isShown = before?.some((/** @type {any} */ one) => one.data?.seq >= seq && seq) // by an open page: do not ring twice
  const sound = isQuiet ? { silent: true } : { renotify: Boolean(tag) && !isShown, ...priority >= LOUD && { vibrate: priority >= LOUDEST ? [400, 150, 400, 150, 400] : [200, 100, 200] } }
  const [replyLabel] = actions.filter((/** @type {string[]} */ [name]) => name === "reply").map((/** @type {string[]} */ [, label]) => label)
  await worker.registration.showNotification(title, { body, tag, ...sound, requireInteraction: priority >= LOUDEST, ...at && { timestamp: at },
    actions: actions.map((/** @type {string[]} */ [action, label]) => ({ action, title: label, ...action === "reply" && { type: "text", placeholder: replyLabel } })),
    data: { url: path, person, seq, failed } })
}

worker.addEventListener("pushsubscriptionchange", (/** @type {any} */ event) => event.waitUntil(subscribe(event)))

/** Subscribe again: the push service has ended the subscription. @param {any} event */
async function subscribe({ oldSubscription, newSubscription }) {
  const subscription = newSubscription ?? await worker.registration.pushManager.subscribe({
    userVisibleOnly: true, applicationServerKey: await serverKey() ?? oldSubscription?.options?.applicationServerKey })
  const { endpoint, keys } = subscription.toJSON()
  await send("POST", "/api/push", { endpoint, p256dh: keys.p256dh, auth: keys.auth })
  if (oldSubscription && oldSubscription.endpoint !== endpoint) await send("DELETE", "/api/push", { endpoint: oldSubscription.endpoint })
}

/** The server's key may have changed since the old subscription. @returns {Promise<string | undefined>} */
async function serverKey() { return fetch(url("/api/push")).then(async answer => (await answer.json()).key, () => undefined) }

/** @param {string} method @param {string} path @param {object} body */
function send(method, path, body) {
  return fetch(url(path), { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })
}

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  const { action, reply = "", notification } = event, { url: path = "/inbox", person, seq, failed } = notification.data ?? {}
  notification.close()
  const text = String(reply ?? "").trim()
  if (action === "done" || action === "acknowledge" || action === "reply" && text) event.waitUntil(store({ person, seq, action, text, key: crypto.randomUUID(), path, failed }).then(sendAll))
  else event.waitUntil(open(action === "reply" && path.startsWith("/") ? `${path}#reply` : path)) // this platform has no field in a notification
})

worker.addEventListener("sync", (/** @type {any} */ event) => { if (event.tag === QUEUE) event.waitUntil(sendAll()) })
worker.addEventListener("message", (/** @type {any} */ event) => { if (event.data?.act) event.waitUntil(sendAll().catch(() => {})) })

/** Run a request on the actions that the server does not have yet. @param {(store: IDBObjectStore) => IDBRequest} act @returns {Promise<any>} */
function queue(act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(`hubbub-actions ${new URL(worker.registration.scope).pathname}`)
    opening.onupgradeneeded = () => opening.result.createObjectStore("actions", { keyPath: "key" })
    opening.onerror = reject
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("actions", "readwrite"), request = act(transaction.objectStore("actions"))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = reject
      opening.result.close()
    }
  })
}

/** @param {object} action */
const store = action => queue(actions => actions.put({ ...action, at: Date.now() }))

/** Send what is stored, the oldest first; what fails for now stays, and is sent with the next sync, push or page. */
async function sendAll() {
  const waiting = await queue(actions => actions.getAll())
  for (const { at, path, failed, ...action } of waiting.sort((/** @type {any} */ a, /** @type {any} */ b) => a.at - b.at)) {
    const answer = await send("POST", "/api/inbox/act", action).catch(() => null)
    if (!answer || answer.status === 429 || answer.status >= 500) return worker.registration.sync?.register(QUEUE).catch(() => {})
    await queue(actions => actions.delete(action.key))
    if (answer.ok) worker.navigator.setAppBadge?.((await answer.json()).unread).catch(() => {})
    else if (action.text) await show({ title: failed, body: action.text, tag: `failed ${action.key}`, url: path })
  }
}

const windows = () => worker.clients.matchAll({ type: "window", includeUncontrolled: true })

/** Open a path of this server, or an address elsewhere, in an open page or a new one. @param {string} path */
async function open(path) {
  const pages = (await windows()).filter((/** @type {any} */ page) => `${page.url}/`.startsWith(url("/"))) // a host may have other pages
  const page = pages.find((/** @type {any} */ page) => page.focused) ?? pages[0]
  if (!page || !path.startsWith("/")) return worker.clients.openWindow(path.startsWith("/") ? url(path) : path)
  await page.focus()
  page.postMessage({ open: path })
}

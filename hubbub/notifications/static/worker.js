// The service worker's part for notifications: it shows push messages while no page is active, and opens what they are about.
const worker = /** @type {any} */ (self)
/** Return the address of a path of this server. @param {string} path */
const url = path => worker.registration.scope.slice(0, -1) + path

worker.addEventListener("push", (/** @type {any} */ event) => {
  const { title = "Hubbub", body = "", tag, url: path = "/inbox", unread, check } = event.data?.json() ?? {}
  if (check) worker.clients.matchAll({ type: "window", includeUncontrolled: true }).then((/** @type {any[]} */ pages) => pages.forEach(page => page.postMessage({ checked: true })))
  if (unread) worker.navigator.setAppBadge?.(unread).catch(() => {})
  event.waitUntil(worker.registration.showNotification(title, { body, tag, renotify: Boolean(tag), data: { url: path } }))
})

worker.addEventListener("pushsubscriptionchange", (/** @type {any} */ event) => event.waitUntil(subscribe(event)))

/** Subscribe again: the push service has ended the subscription. @param {any} event */
async function subscribe({ oldSubscription, newSubscription }) {
  const subscription = newSubscription ?? await worker.registration.pushManager.subscribe({
    userVisibleOnly: true, applicationServerKey: oldSubscription?.options?.applicationServerKey ?? await serverKey() })
  const { endpoint, keys } = subscription.toJSON()
  await send("POST", { endpoint, p256dh: keys.p256dh, auth: keys.auth })
  if (oldSubscription && oldSubscription.endpoint !== endpoint) await send("DELETE", { endpoint: oldSubscription.endpoint })
}

async function serverKey() { return (await (await fetch(url("/api/push"))).json()).key }

/** @param {string} method @param {object} body */
function send(method, body) {
  return fetch(url("/api/push"), { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })
}

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close()
  event.waitUntil(open(event.notification.data?.url ?? "/inbox"))
})

/** Open a path of this server, or an address elsewhere, in an open page or a new one. @param {string} path */
async function open(path) {
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true })
  const pages = windows.filter((/** @type {any} */ page) => `${page.url}/`.startsWith(url("/"))) // a host may have other pages
  const page = pages.find((/** @type {any} */ page) => page.focused) ?? pages[0]
  if (!page || !path.startsWith("/")) return worker.clients.openWindow(path.startsWith("/") ? url(path) : path)
  await page.focus()
  page.postMessage({ open: path })
}

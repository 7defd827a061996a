// The service worker: shows push messages while no page is active, and opens what they are about. It stores nothing.
const worker = /** @type {any} */ (self)

worker.addEventListener("install", () => worker.skipWaiting())
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()))

worker.addEventListener("push", (/** @type {any} */ event) => {
  const { title = "Hubbub", body = "", tag, url = "/inbox" } = event.data?.json() ?? {}
  event.waitUntil(worker.registration.showNotification(title, { body, tag, renotify: Boolean(tag), data: { url } }))
})

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close()
  event.waitUntil(open(event.notification.data?.url ?? "/inbox"))
})

/** Open an address in an open page, or in a new one. @param {string} url */
async function open(url) {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true })
  const page = pages.find((/** @type {any} */ page) => page.focused) ?? pages[0]
  if (!page || !url.startsWith("/")) return worker.clients.openWindow(url)
  await page.focus()
  page.postMessage({ open: url })
}

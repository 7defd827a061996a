// The service worker, as far as the shell is concerned: while the server cannot be reached it shows the page without its data,
// which then shows what this browser keeps. Only public files are cached; what people read is in IndexedDB, by person.
// The server appends `static/worker.js` of every slice.
const service = /** @type {any} */ (self)
const AWAY = new Set([502, 503, 504]) // a proxy's answers while the server behind it is down
const SLOW = 8000 // milliseconds that a page may take before the kept one is shown
const VERSIONS = 2 // a page that stayed open during an update still gets its own files

/** Where this server is; other paths of the host may have other servers. */
const scope = () => service.registration.scope
/** The caches of this server, one for each version of the page, the newest last. @returns {Promise<string[]>} */
const versions = async () => (await service.caches.keys()).filter((/** @type {string} */ name) => name.startsWith(`shell ${new URL(scope()).pathname}s/`))

service.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(service.skipWaiting()) // the page asks for its shell a moment later
})
service.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(Promise.all([service.clients.claim(), service.registration.navigationPreload?.enable()]))
})
service.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data?.shell) event.waitUntil(storeShell(String(event.data.shell)).catch(() => {}))
})

/** Store the page without data and the files that it needs offline, unless this version is stored. @param {string} base of its files */
async function storeShell(base) {
  const at = `${scope()}offline`
  if (await service.caches.match(at, { cacheName: `shell ${base}` })) return
  const page = await fetch(at), text = await page.clone().text(), [, found] = text.match(/ data-assets="([^"]+)"/) ?? []
  if (!page.ok || !found) return
  const names = [...text.matchAll(/ (?:href|src|data-offline)="([^"]+)"/g)].flatMap(([, list]) => list.split(" "))
  const cache = await service.caches.open(`shell ${found}`)
  await cache.addAll([...new Set(names.filter(name => /\/(s|icon)\//.test(name)))])
  await cache.put(at, page) // last: a version counts once it is complete
  const old = (await versions()).filter(name => name !== `shell ${found}`).slice(0, 1 - VERSIONS)
  await Promise.all(["offline", ...old].map(name => service.caches.delete(name))) // `offline` is from earlier workers
}

/** Return the newest complete page without data. @returns {Promise<Response | undefined>} */
async function findShell() {
  for (const name of (await versions()).reverse()) {
    const page = await service.caches.match(`${scope()}offline`, { cacheName: name })
    if (page) return page
  }
  return undefined
}

service.addEventListener("fetch", (/** @type {any} */ event) => {
  const { mode, method, url } = event.request, path = url.slice(scope().length)
  if (method !== "GET" || !url.startsWith(scope())) return
  if (mode === "navigate") event.respondWith(/^(api|files|s|tutorial)\b/.test(path) ? requested(event) : show(event))
  else if (/^(s|icon)\//.test(path)) event.respondWith(file(event.request))
})

/** A file never changes. @param {Request} request */
async function file(request) { return await service.caches.match(request.url, { ignoreVary: true }) ?? fetch(request) }

/** The answer to a navigation, which the browser has requested early: a download must not be requested twice. @param {any} event */
async function requested({ request, preloadResponse }) { return await preloadResponse ?? fetch(request) }

/** Show the page of the server; without an answer, the stored one. @param {any} event */
async function show(event) {
  const network = requested(event)
  const late = new Promise(resolve => { setTimeout(resolve, SLOW) })
  const answer = await Promise.race([network.catch(() => null), late])
  if (answer && !AWAY.has(answer.status)) return answer
  return await findShell() ?? answer ?? network
}

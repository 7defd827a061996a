// The service worker's share target: it stores what another app shares in this browser, and opens the view that asks for a room.
// Nothing is sent until the person sends it.
const sharing = /** @type {any} */ (self), MOST_FILES = 10

sharing.addEventListener("fetch", (/** @type {any} */ event) => {
  const { method, url } = event.request
  if (method === "POST" && url === `${sharing.registration.scope}share`) event.respondWith(takeShared(event.request))
})

/** @param {Request} request */
async function takeShared(request) {
  const form = await request.formData(), words = ["title", "text", "url"].map(name => String(form.get(name) ?? "").trim()).filter(Boolean)
  const files = form.getAll("files").filter(file => file instanceof File && file.size > 0).slice(0, MOST_FILES)
  const text = words.filter((word, at) => !words.some((other, before) => before !== at && other.includes(word) && (other !== word || before < at))).join("\n")
  await storeShared({ text, files }).catch(() => {})
  return Response.redirect(request.url, 303)
}

/** @param {object} shared */
function storeShared(shared) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(`hubbub-shared ${new URL(sharing.registration.scope).pathname}`)
    opening.onupgradeneeded = () => opening.result.createObjectStore("shared")
    opening.onerror = reject
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("shared", "readwrite")
      transaction.objectStore("shared").put(shared, "last")
      transaction.oncomplete = resolve
      transaction.onabort = reject
      opening.result.close()
    }
  })
}

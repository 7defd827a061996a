// The entry of the page without data, which the service worker shows while the server cannot be reached: fill in what this
// browser keeps, then start as usual. The page's modules read their data when they are loaded, so none is imported before.

const { prefix = "", offline = "" } = document.body.dataset
const place = document.getElementById("boot")

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function answerTo(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Return everything that is kept for the person who used this browser last, by name; see kept.js. @returns {Promise<Map<string, any>>} */
async function readKept() {
  const person = localStorage.getItem(`kept${prefix}`)
  if (!person) return new Map()
  const database = await answerTo(indexedDB.open(`hubbub-${person}${prefix}`))
  try {
    if (!database.objectStoreNames.contains("kept")) return new Map()
    const store = database.transaction("kept").objectStore("kept")
    const [names, values] = await Promise.all([answerTo(store.getAllKeys()), answerTo(store.getAll())])
    return new Map(names.map((name, index) => [String(name), values[index]]))
  } finally { database.close() }
}

/**
 * Return the page's data from what is kept. A channel goes on after the last entry that is kept of it.
 * @param {Map<string, any>} kept
 */
function bootFrom(kept) {
  const parts = [...kept].filter(([name]) => name.startsWith("part:")).map(([name, { value }]) => [name.slice(5), value])
  const boot = Object.fromEntries(parts), windows = boot.windows ??= {}, mine = windows[`user:${boot.me?.id}`]
  for (const [name, { value }] of kept) if (name.startsWith("channel:")) windows[name.slice(8)] = value.window
  const inbox = windows[`inbox:${boot.me?.id}`]
  if (inbox && String(inbox.as_of) !== String(boot.inbox?.as_of)) { // the page closed before both were stored
    boot.inbox = { ...boot.inbox, as_of: inbox.as_of, unread: inbox.items.filter((/** @type {any} */ { read, deleted }) => !read && !deleted).length }
  }
  for (const room of mine?.rooms ?? []) {
    const channel = kept.get(`channel:${room.channel}`)?.value
    if (channel) Object.assign(room, { head: channel.window.as_of, n: channel.n })
  }
  return boot
}

/** Show the preferences of which this browser has a copy, as the server does in its page; see preferences.js. */
function showPreferences() {
  const root = document.documentElement, { values = {} } = JSON.parse(localStorage.getItem(`preferences${prefix}`) ?? "{}")
  for (const [name, [value]] of Object.entries(values)) root.dataset[name] = value
  const [language] = values.language ?? []
  if (offline.includes(`/strings/${language}.js`)) root.lang = language
}

async function start() {
  const kept = await readKept().catch(() => new Map()), boot = bootFrom(kept)
  if (!boot.me || !place) return document.getElementById("app")?.replaceChildren(...document.querySelector("template")?.content.childNodes ?? [])
  const at = Math.max(...[...kept.values()].map(({ at }) => at))
  showPreferences()
  const data = JSON.stringify({ ...JSON.parse(place.textContent ?? "{}"), ...boot, kept: at })
  place.replaceWith(Object.assign(document.createElement("div"), { id: "boot", hidden: true, textContent: data })) // a script's text is fixed
  await import("./kept-notice.js")
  await import("./main.js")
}

start()

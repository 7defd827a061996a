// What this browser keeps for whoever is signed in, beyond the page: values by name, in a few stores, written to disk.

/** @typedef {"outbox" | "drafts" | "documents"} Store */

const STORES = ["outbox", "drafts", "documents"]
const PATIENCE = 3000 // milliseconds; a browser that has not opened its disk by then never does

/** Where nothing is kept (a private window, a full disk), the page itself is the memory. @type {Map<string, Map<string, any>>} */
const memory = new Map(STORES.map(store => [store, new Map()]))

/** @type {(name: string) => void} */
let name = () => {}
const named = new Promise(/** @param {(name: string) => void} resolve */ resolve => { name = resolve })
/** @type {Promise<IDBDatabase | null> | null} */
let opening = null
let owner = 0

/** Opened once; again where the browser itself closed it. */
function database() { return opening ??= named.then(open) }

/** @param {string} called @returns {Promise<IDBDatabase | null>} */
function open(called) {
  return new Promise(resolve => {
    setTimeout(() => resolve(null), PATIENCE)
    try {
      const request = indexedDB.open(called, 1)
      request.onupgradeneeded = () => STORES.forEach(store => request.result.createObjectStore(store))
      request.onsuccess = () => {
        request.result.onversionchange = shut
        request.result.onclose = () => { opening = null }
        resolve(request.result)
      }
      request.onerror = request.onblocked = () => resolve(null)
    } catch { resolve(null) }
  })
}

/** Nothing more goes to the disk from this page. */
async function shut() {
  const place = await database()
  opening = Promise.resolve(null)
  place?.close()
}

/** @param {number} person */
const called = person => `hubbub-${person}`

/** Say whose words these are; nobody else's are read or written after that. @param {number} person */
export function belong(person) {
  owner ||= person
  name(called(owner))
}

/**
 * Committed at once, so that it also comes to the disk when the page dies in the next moment.
 * @param {Store} store @param {"readonly" | "readwrite"} mode @param {(kept: IDBObjectStore) => IDBRequest} act
 * @param {(kept: Map<string, any>) => any} instead @returns {Promise<any>}
 */
async function ask(store, mode, act, instead) {
  const place = await database(), held = /** @type {Map<string, any>} */ (memory.get(store))
  if (!place) return instead(held)
  return new Promise(resolve => {
    try {
      const transaction = place.transaction(store, mode, { durability: "strict" })
      const request = act(transaction.objectStore(store))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => resolve(instead(held))
      transaction.commit()
    } catch { resolve(instead(held)) }
  })
}

/** Keep a value under a name; done when it is on disk. @param {Store} store @param {string} key @param {any} value */
export function put(store, key, value) { return ask(store, "readwrite", kept => kept.put(value, key), held => { held.set(key, value) }) }

/** @param {Store} store @param {string} key */
export function drop(store, key) { return ask(store, "readwrite", kept => kept.delete(key), held => { held.delete(key) }) }

/** @param {Store} store @param {string} key @returns {Promise<any>} undefined where nothing is kept under this name */
export function value(store, key) { return ask(store, "readonly", kept => kept.get(key), held => held.get(key)) }

/** All names that are in use. @param {Store} store @returns {Promise<string[]>} */
export function keys(store) { return ask(store, "readonly", kept => kept.getAllKeys(), held => [...held.keys()]) }

/** All values. @param {Store} store @returns {Promise<any[]>} */
export function all(store) { return ask(store, "readonly", kept => kept.getAll(), held => [...held.values()]) }

/** Forget all of it: somebody signs out. */
export async function forget() {
  await shut()
  memory.forEach(held => held.clear())
  return new Promise(resolve => {
    try {
      const request = indexedDB.deleteDatabase(called(owner))
      request.onsuccess = request.onerror = request.onblocked = () => resolve(undefined)
    } catch { resolve(undefined) }
  })
}

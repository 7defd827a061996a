// What this browser stores for the signed-in person beyond the page: values by name in IndexedDB, in a few stores.

/** @typedef {"outbox" | "drafts" | "documents"} Store */

const STORES = ["outbox", "drafts", "documents"]
const OPEN_TIMEOUT = 3000 // milliseconds; a browser that has not opened the database by then never does

/**
 * If nothing can be stored (a private window, a full disk), values are kept in memory.
 * @type {Map<string, Map<string, any>>}
 */
const memory = new Map(STORES.map(store => [store, new Map()]))

/** @type {(name: string) => void} */
let setDatabaseName = () => {}
const databaseName = new Promise(/** @param {(name: string) => void} resolve */ resolve => { setDatabaseName = resolve })
/** @type {Promise<IDBDatabase | null> | null} */
let opening = null
let owner = 0

/** Opened once, and again if the browser closed it. */
function openDatabase() { return opening ??= databaseName.then(open) }

/** @param {string} name @returns {Promise<IDBDatabase | null>} */
function open(name) {
  return new Promise(resolve => {
    setTimeout(() => resolve(null), OPEN_TIMEOUT)
    try {
      const request = indexedDB.open(name, 1)
      request.onupgradeneeded = () => STORES.forEach(store => request.result.createObjectStore(store))
      request.onsuccess = () => {
        request.result.onversionchange = close
        request.result.onclose = () => { opening = null }
        resolve(request.result)
      }
      request.onerror = request.onblocked = () => resolve(null)
    } catch { resolve(null) }
  })
}

/** Store nothing more from this page. */
async function close() {
  const database = await openDatabase()
  opening = Promise.resolve(null)
  database?.close()
}

/** @param {number} person */
const databaseOf = person => `hubbub-${person}`

/** Set whose data this is, once: no other person's is read or written. @param {number} person */
export function setPerson(person) {
  owner ||= person
  setDatabaseName(databaseOf(owner))
}

/**
 * Run one request in a transaction that is committed at once, so that it reaches the disk even if the page is killed.
 * @param {Store} store @param {"readonly" | "readwrite"} mode @param {(store: IDBObjectStore) => IDBRequest} act
 * @param {(values: Map<string, any>) => any} fallback @returns {Promise<any>}
 */
async function run(store, mode, act, fallback) {
  const database = await openDatabase(), values = /** @type {Map<string, any>} */ (memory.get(store))
  if (!database) return fallback(values)
  return new Promise(resolve => {
    try {
      const transaction = database.transaction(store, mode, { durability: "strict" })
      const request = act(transaction.objectStore(store))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => resolve(fallback(values))
      transaction.commit()
    } catch { resolve(fallback(values)) }
  })
}

/**
 * Store a value under a name; resolves when it is on disk.
 * @param {Store} store @param {string} key @param {any} value
 */
export function put(store, key, value) { return run(store, "readwrite", store => store.put(value, key), values => { values.set(key, value) }) }

/** @param {Store} store @param {string} key */
export function remove(store, key) { return run(store, "readwrite", store => store.delete(key), values => { values.delete(key) }) }

/** @param {Store} store @param {string} key @returns {Promise<any>} undefined if nothing is stored under this name */
export function get(store, key) { return run(store, "readonly", store => store.get(key), values => values.get(key)) }

/** Return all names in use. @param {Store} store @returns {Promise<string[]>} */
export function keys(store) { return run(store, "readonly", store => store.getAllKeys(), values => [...values.keys()]) }

/** Return all values. @param {Store} store @returns {Promise<any[]>} */
export function all(store) { return run(store, "readonly", store => store.getAll(), values => [...values.values()]) }

/** Delete everything: the person signs out. */
export async function deleteEverything() {
  await close()
  memory.forEach(values => values.clear())
  return new Promise(resolve => {
    try {
      const request = indexedDB.deleteDatabase(databaseOf(owner))
      request.onsuccess = request.onerror = request.onblocked = () => resolve(undefined)
    } catch { resolve(undefined) }
  })
}

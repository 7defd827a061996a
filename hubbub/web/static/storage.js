// What this browser stores for the signed-in person beyond the page: values by name in IndexedDB, in a store for each part of
// the page that stores something; a store is made when it is first used.
import { prefix, url } from "./boot.js"

const OPEN_TIMEOUT = 3000 // milliseconds; a browser that has not opened the database by then never does

/**
 * If nothing can be stored (a private window, a full disk), values are kept in memory.
 * @type {Map<string, Map<string, any>>}
 */
const memory = new Map()

/** @type {(name: string) => void} */
let setDatabaseName = () => {}
const databaseName = new Promise(/** @param {(name: string) => void} resolve */ resolve => { setDatabaseName = resolve })
/** @type {Promise<IDBDatabase | null> | null} */
let opening = null
let owner = 0

/** Return the database with this store: opened once, and again if it was closed. @param {string} store @returns {Promise<IDBDatabase | null>} */
export async function openDatabase(store) {
  const current = opening ??= databaseName.then(name => open(name, store)), database = await current
  if (opening !== current) return openDatabase(store)
  if (!database || database.objectStoreNames.contains(store)) return database
  opening = open(database.name, store, database.version + 1)
  database.close()
  return openDatabase(store)
}

/** @param {string} name @param {string} store is made if the version is new @param {number} [version] @returns {Promise<IDBDatabase | null>} */
function open(name, store, version) {
  return new Promise(resolve => {
    setTimeout(() => resolve(null), OPEN_TIMEOUT)
    try {
      const request = indexedDB.open(name, version)
      request.onupgradeneeded = () => request.result.createObjectStore(store)
      request.onsuccess = () => {
        const database = request.result
        database.onversionchange = ({ newVersion }) => newVersion ? reopenLater(database) : close()
        database.onclose = () => { opening = null }
        resolve(database)
      }
      request.onerror = () => resolve(version ? open(name, store) : null) // another page was first
    } catch { resolve(null) }
  })
}

/** Make way for another page, which adds a store. @param {IDBDatabase} database */
function reopenLater(database) {
  database.close()
  opening = null
}

/** Store nothing more from this page. */
async function close() {
  const database = await opening
  opening = Promise.resolve(null)
  database?.close()
}

/** Browsers share databases among all paths of a host. @param {number | string} person */
export const databaseOf = person => `hubbub-${person}${prefix}`

/** Set whose data this is, once: no other person's is read or written. @param {number} person */
export function setPerson(person) {
  owner ||= person
  setDatabaseName(databaseOf(owner))
}

/** @param {string} store @returns {Map<string, any>} */
function inMemory(store) {
  if (!memory.has(store)) memory.set(store, new Map())
  return /** @type {Map<string, any>} */ (memory.get(store))
}

/**
 * Run one request in a transaction that is committed at once, so that it reaches the disk even if the page is killed.
 * @param {string} store @param {"readonly" | "readwrite"} mode @param {(store: IDBObjectStore) => IDBRequest} act
 * @param {(values: Map<string, any>) => any} fallback @param {number} [attempts] left, if the database is closed meanwhile @returns {Promise<any>}
 */
async function run(store, mode, act, fallback, attempts = 3) {
  const database = await openDatabase(store)
  if (!database) return fallback(inMemory(store))
  return new Promise(resolve => {
    try {
      const transaction = database.transaction(store, mode, { durability: "strict" })
      const request = act(transaction.objectStore(store))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => resolve(fallback(inMemory(store)))
      transaction.commit()
    } catch { resolve(attempts ? run(store, mode, act, fallback, attempts - 1) : fallback(inMemory(store))) }
  })
}

/**
 * Store a value under a name; resolves when it is on disk.
 * @param {string} store @param {string} key @param {any} value
 */
export function put(store, key, value) { return run(store, "readwrite", store => store.put(value, key), values => { values.set(key, value) }) }

/** @param {string} store @param {string} key */
export function remove(store, key) { return run(store, "readwrite", store => store.delete(key), values => { values.delete(key) }) }

/** @param {string} store @param {string} key @returns {Promise<any>} undefined if nothing is stored under this name */
export function get(store, key) { return run(store, "readonly", store => store.get(key), values => values.get(key)) }

/** Return all names in use. @param {string} store @returns {Promise<string[]>} */
export function keys(store) { return run(store, "readonly", store => store.getAllKeys(), values => [...values.keys()]) }

/** Return all values. @param {string} store @returns {Promise<any[]>} */
export function all(store) { return run(store, "readonly", store => store.getAll(), values => [...values.values()]) }

/** The names in localStorage of what this person's documents could not send yet. */
export function unsavedNames() { return Object.keys(localStorage).filter(name => name.startsWith(`unsaved:${owner}${prefix}:`)) }

/** Delete everything: the person signs out. */
export async function deleteEverything() {
  await close()
  memory.forEach(values => values.clear())
  unsavedNames().forEach(name => localStorage.removeItem(name))
  localStorage.removeItem(`kept${prefix}`) // see kept.js
  return new Promise(resolve => {
    try {
      indexedDB.deleteDatabase(`hubbub-shared ${url("/")}`) // see chat/static/worker.js
      const request = indexedDB.deleteDatabase(databaseOf(owner))
      request.onsuccess = request.onerror = () => resolve(undefined)
      setTimeout(resolve, OPEN_TIMEOUT) // another page takes too long to close it
    } catch { resolve(undefined) }
  })
}

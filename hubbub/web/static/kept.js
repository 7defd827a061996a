// What this browser keeps of what was read, for when the server cannot be reached: the newest items of channels, answers to
// requests, and parts of the page's data; by name in IndexedDB, in a store of this person only. It is a copy: it may be deleted
// at any time, and without IndexedDB nothing is kept.
import { boot, prefix } from "./boot.js"
import { beforeSignOut } from "./connection.js"
import { databaseOf, openDatabase } from "./storage.js"
import { get } from "./http.js"

/**
 * `at` in seconds; `size` in characters, about; `of`: the channel that I must follow to keep this.
 * @typedef {{ value: any, at: number, size: number, of?: string }} Kept
 */
/** @typedef {Map<string, { at: number, size: number, of?: string }>} Index */

const STORE = "kept", MAX_AGE = 30 * 24 * 3600 // seconds
/** How many of each kind; the oldest are deleted. */
export const LIMITS = /** @type {Record<string, number>} */ ({ channel: 40, answer: 60, document: 30, part: 20 })
const MAX_SIZE = 20e6, MAX_VALUE = 2e6 // characters
/** The name in localStorage of who used this browser last, and whether this browser keeps anything. */
const WHO = `kept${prefix}`, WISH = `keep${prefix}`

/** What is kept, without the values. @type {Index | null} */
let index = null
let isOff = !boot.me || boot.me.role === "guest" || localStorage.getItem(WISH) === "no"

/** Whether this browser keeps what I read. */
export const isKeeping = () => !isOff

beforeSignOut(() => { isOff = true })

/** @param {string} name */
const kindOf = name => name.slice(0, name.indexOf(":"))

/**
 * Run a transaction. What cannot be read or written is not kept.
 * @template T @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @param {number} [attempts] left, if the database is closed meanwhile @returns {Promise<T | undefined>}
 */
async function run(mode, act, attempts = 3) {
  const database = await openDatabase(STORE).catch(() => null)
  return new Promise(resolve => {
    try {
      const transaction = database?.transaction(STORE, mode, { durability: "relaxed" })
      if (!transaction) return resolve(undefined)
      const request = act(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = transaction.onerror = () => resolve(undefined)
      if (mode === "readwrite") transaction.commit() // now, since the page may be about to close
    } catch { resolve(attempts ? run(mode, act, attempts - 1) : undefined) }
  })
}

/** Return what is kept, without the values. */
export async function readIndex() {
  if (index) return index
  /** @type {Index} */
  const found = new Map()
  await run("readonly", store => {
    const request = store.openCursor()
    request.onsuccess = () => {
      const cursor = request.result
      if (!cursor) return
      const { at, size, of } = cursor.value
      found.set(String(cursor.key), { at, size, of })
      cursor.continue()
    }
    return request
  })
  return index ??= found
}

/** Return the kept value of this name, and when it was true. @param {string} name @returns {Promise<Kept | undefined>} */
export function find(name) { return run("readonly", store => store.get(name)) }

/**
 * Return the names to delete so that what is kept stays within its limits: the oldest of each kind, and of all.
 * @param {Index} all @param {number} now @param {number} [most] characters of all
 */
export function overflow(all, now, most = MAX_SIZE) {
  const counts = /** @type {Record<string, number>} */ ({}), names = []
  let size = 0
  for (const [name, kept] of [...all].sort(([, one], [, other]) => other.at - one.at)) {
    const kind = kindOf(name), count = counts[kind] = (counts[kind] ?? 0) + 1
    size += kept.size
    if (count > (LIMITS[kind] ?? 0) || kind !== "part" && (size > most || now - kept.at > MAX_AGE)) names.push(name)
  }
  return names
}

/**
 * Keep these values, and delete those that are undefined; if the disk is full, only the newest half of all stays.
 * @param {Record<string, any>} values @param {string} [room] that I must follow to keep them; a channel must itself be followed
 */
export async function keep(values, room) {
  if (isOff) return
  const all = await readIndex(), at = Date.now() / 1000
  /** @type {Map<string, Kept>} */
  const added = new Map()
  for (const [name, value] of Object.entries(values)) {
    const size = JSON.stringify(value ?? "").length, of = kindOf(name) === "channel" ? name.slice(8) : room
    if (value === undefined || size > MAX_VALUE) all.delete(name)
    else { added.set(name, { value, at, size, of }); all.set(name, { at, size, of }) }
  }
  const most = await write(added, Object.keys(values)) ? MAX_SIZE : [...all.values()].reduce((sum, { size }) => sum + size, 0) / 2
  const rest = overflow(all, at, most)
  rest.forEach(name => all.delete(name))
  if (rest.length) await write(new Map(), rest)
}

/** @param {Map<string, Kept>} added @param {string[]} names that are stored or deleted @returns {Promise<boolean>} whether there was space */
async function write(added, names) {
  if (!names.length) return true
  localStorage.setItem(WHO, String(boot.me?.id))
  return await run("readwrite", store => {
    for (const name of names) if (added.has(name)) store.put(added.get(name), name); else store.delete(name)
    return store.count()
  }) !== undefined
}

/** Delete what is kept: all of it, or what has such a name. @param {(name: string) => boolean} [which] */
export async function forget(which) {
  if (which) return keep(Object.fromEntries([...(await readIndex()).keys()].filter(which).map(name => [name, undefined])))
  index = new Map()
  await run("readwrite", store => store.clear())
}

/** Keep what I read in this browser, or nothing any more. @param {boolean} on */
export async function setKeeping(on) {
  localStorage.setItem(WISH, on ? "yes" : "no")
  isOff = !on
  if (on) return
  localStorage.removeItem(WHO)
  await forget()
}

/**
 * Request something over HTTP, and keep the answer; while the server cannot be reached, return what is kept, and when it was true.
 * @param {string} path @returns {Promise<import("./types").Answer & { at?: number }>}
 */
export async function getKept(path) {
  const name = `answer:${path}`, answer = await get(path)
  if (answer.ok !== undefined) keep({ [name]: answer.ok })
  else if (answer.code === "offline") {
    const kept = isOff ? undefined : await find(name)
    if (kept) return { ok: kept.value, at: kept.at }
  }
  return answer
}

/** Delete what this browser keeps for a person who is no longer signed in. @param {string} person */
export function forgetPerson(person) {
  localStorage.removeItem(WHO)
  const request = indexedDB.open(databaseOf(person))
  request.onsuccess = () => {
    const database = request.result
    if (database.objectStoreNames.contains(STORE)) database.transaction(STORE, "readwrite").objectStore(STORE).clear()
    database.close()
  }
}

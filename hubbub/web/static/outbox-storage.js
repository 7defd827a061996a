// The outbox on disk: each page stores its own jobs, and adopts those of pages that were closed.
import { protocol } from "./boot.js"
import * as storage from "./storage.js"
import { upgrade } from "./upgrades.js"

/** @typedef {import("./types").Job} Job */

/** The states in which a job is found again; any other was being sent. */
const STORED = new Set(["failed", "uploading", "waiting"])
export const pageId = crypto.getRandomValues(new Uint32Array(2)).join("-")
const lockName = (/** @type {string} */ page) => `hubbub-page-${page}`

/** A page holds a lock of its own name as long as it is open. */
const lockAcquired = navigator.locks ? new Promise(resolve => {
  navigator.locks.request(lockName(pageId), () => { resolve(undefined); return new Promise(() => {}) })
}) : null

/** @type {() => void} */
let pageClosedHook = () => {}
/** @type {Set<string>} */
const watchedPages = new Set()

/** Call this when a page that left jobs here is closed. @param {() => void} hook */
export function onPageClosed(hook) { pageClosedHook = hook }

/**
 * Whether a page is open; if so, watch for its end. Without locks (plain HTTP) no page counts as open: two pages may
 * send the same job, which the server stores once, by its key.
 * @param {string} page @param {Set<string | undefined>} held
 */
function isOpen(page, held) {
  if (!held.has(lockName(page))) return false
  if (!watchedPages.has(page)) navigator.locks.request(lockName(page), () => { watchedPages.delete(page) }).then(() => pageClosedHook())
  watchedPages.add(page)
  return true
}

/** The names of the locks that are held. @returns {Promise<Set<string | undefined>>} */
async function heldLocks() {
  if (!lockAcquired) return new Set()
  await lockAcquired
  return new Set((await navigator.locks.query()).held?.map(({ name }) => name))
}

/** Return what closed pages left in a store, in which each value names its page. @param {string} store @returns {Promise<any[]>} */
export async function leftIn(store) {
  const values = await storage.all(store), locks = await heldLocks()
  return values.filter(({ page }) => page !== pageId && !isOpen(page, locks))
}

/** @type {import("./outbox.js").OutboxStorage} */
export const outboxStorage = {
  put: job => storage.put("outbox", job.payload.key, { ...job, state: STORED.has(job.state) ? job.state : "queued", page: pageId, protocol }),
  remove: key => storage.remove("outbox", key),
  all() { return navigator.locks ? navigator.locks.request("hubbub-left", adopt) : adopt() },
}

/** Take over the jobs of closed pages; one page at a time, so that each job has one owner. What is no job is left alone. */
async function adopt() {
  const left = (await leftIn("outbox")).filter(({ payload }) => payload?.key).map(job => upgrade(job, protocol))
  await Promise.all(left.map(outboxStorage.put))
  return left
}

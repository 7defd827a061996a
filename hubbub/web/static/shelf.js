// The outbox on disk: each page keeps its own jobs there, and takes up those of pages that are gone.
import * as kept from "./kept.js"

/** @typedef {import("./types").Job} Job */

const own = crypto.getRandomValues(new Uint32Array(2)).join("-"), lock = (/** @type {string} */ page) => `hubbub-page-${page}`

/** A page holds a lock of its name as long as it lives. */
const named = navigator.locks ? new Promise(resolve => {
  navigator.locks.request(lock(own), () => { resolve(undefined); return new Promise(() => {}) })
}) : null

/** @type {() => void} */
let freed = () => {}
/** @type {Set<string>} */
const awaited = new Set()

/** Be called when a page is gone that had jobs here. @param {() => void} call */
export function onFreed(call) { freed = call }

/** Whether a page lives; then its end is awaited.  Without locks (plain http) none is known to live: two pages may send the same, which is kept once, by its key. @param {string} page @param {Set<string | undefined>} held */
function lives(page, held) {
  if (!held.has(lock(page))) return false
  if (!awaited.has(page)) navigator.locks.request(lock(page), () => { awaited.delete(page) }).then(() => freed())
  awaited.add(page)
  return true
}

/** The locks that are held. @returns {Promise<Set<string | undefined>>} */
async function held() {
  if (!named) return new Set()
  await named
  return new Set((await navigator.locks.query()).held?.map(({ name }) => name))
}

/** @type {import("./outbox.js").Shelf} */
export const shelf = {
  put: job => kept.put("outbox", job.payload.key, { ...job, state: job.state === "failed" ? "failed" : "queued", page: own }),
  drop: key => kept.drop("outbox", key),
  all() { return navigator.locks ? navigator.locks.request("hubbub-left", takeUp) : takeUp() },
}

/** One page at a time, so that what was left has one heir. */
async function takeUp() {
  const jobs = await kept.all("outbox"), locks = await held()
  const left = jobs.filter(({ page }) => page !== own && !lives(page, locks))
  await Promise.all(left.map(shelf.put))
  return left
}

// Drafts, one per room and thread: stored in this browser at once, and on the server a little later for my other
// devices.
import * as storage from "../../web/static/storage.js"
import * as connection from "../../web/static/connection.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {import("../../web/static/vendor/preact.js").Signal<string>} Text */

const STORE_DELAY = 300, SEND_DELAY = 5000 // milliseconds from the first key until it is stored here, and sent to the server

/** @type {Map<string, { text: Text, version: number, dirty: boolean }>} */
const drafts = new Map()
/** Drafts that changed and are not stored in this browser yet. @type {Set<string>} */
const changed = new Set()
let storeTimer = 0, sendTimer = 0

/** The rooms and threads with a draft; changes when one begins or ends. */
export const startedDrafts = signal(/** @type {ReadonlySet<string>} */ (new Set()))

/** @param {string} channel @param {number} thread */
function draftAt(channel, thread) {
  const id = `${channel}/${thread}`
  const known = drafts.get(id) ?? { text: signal(""), version: 0, dirty: false }
  drafts.set(id, known)
  return known
}

/** The draft of a room, or of a thread in it. @param {string} channel @param {number} [thread] @returns {Text} */
export function draft(channel, thread = 0) { return draftAt(channel, thread).text }

/** @param {string} channel @param {number} thread @param {string} text */
export function saveDraft(channel, thread, text) {
  const known = draftAt(channel, thread)
  if (known.text.peek() === text) return
  known.text.value = text
  known.dirty = true
  setStarted(`${channel}/${thread}`, text)
  changed.add(`${channel}/${thread}`)
  storeTimer ||= setTimeout(store, STORE_DELAY)
  if (!text) flush()
  else sendTimer ||= setTimeout(flush, SEND_DELAY)
}

/** @param {string} id @param {string} text */
function setStarted(id, text) {
  if (startedDrafts.peek().has(id) === Boolean(text.trim())) return
  const next = new Set(startedDrafts.peek())
  if (text.trim()) next.add(id)
  else next.delete(id)
  startedDrafts.value = next
}

/** Store changed drafts in this browser until they are on the server. */
function store() {
  clearTimeout(storeTimer)
  storeTimer = 0
  for (const id of changed) {
    const known = drafts.get(id), text = known?.dirty && known.text.peek()
    if (text) storage.put("drafts", id, text)
    else storage.remove("drafts", id)
  }
  changed.clear()
}

/** Restore drafts that an earlier page did not send; text typed meanwhile comes after them. */
async function restore() {
  for (const id of await storage.keys("drafts")) {
    const [channel, thread] = id.split("/"), known = draftAt(channel, Number(thread)), left = await storage.get("drafts", id)
    if (left && !known.dirty) saveDraft(channel, Number(thread), left)
    else if (left && known.text.peek()) saveDraft(channel, Number(thread), `${left}\n${known.text.peek()}`)
    known.dirty = true
  }
  flush()
}

/** Send changed drafts to the server. */
export async function flush() {
  clearTimeout(sendTimer)
  sendTimer = 0
  for (const [id, known] of drafts) {
    if (!known.dirty || !connection.isConnected()) continue
    const [channel, thread] = id.split("/"), text = known.text.peek()
    const { ok, code } = await connection.request("draft", { channel, thread: Number(thread), text })
    if (ok) known.version = Math.max(known.version, ok)
    if ((ok || code === "not_found" || code === "too_large") && known.text.peek() === text) {
      known.dirty = false
      changed.add(id)
    }
  }
  store()
}

/**
 * Apply a draft from another device.
 * @param {{ channel: string, thread: number, text: string, version: number }} said
 */
export function applyDraft({ channel, thread, text, version }) {
  const known = draftAt(channel, thread)
  if (version <= known.version) return
  known.version = version
  if (known.dirty) return
  known.text.value = text
  setStarted(`${channel}/${thread}`, text)
}

/**
 * Apply all drafts of the server; others were sent or discarded on another device. A server that was restored to an
 * earlier state gets mine again.
 * @param {Array<Parameters<typeof applyDraft>[0]>} all @param {boolean} serverWasRestored
 */
export function syncDrafts(all, serverWasRestored) {
  const onServer = new Set(all.map(({ channel, thread }) => `${channel}/${thread}`))
  for (const [id, known] of drafts) {
    const begun = !known.dirty && known.text.peek()
    if (begun && serverWasRestored) known.dirty = true
    else if (begun && !known.version && !onServer.has(id)) {
      known.text.value = ""
      setStarted(id, "")
    }
  }
  all.forEach(applyDraft)
  if (serverWasRestored) flush()
}

/** Return the drafts that the server has, for this browser to keep. */
export function keptDrafts() {
  return [...drafts].filter(([, { text, dirty }]) => text.peek() && !dirty).map(([id, { text, version }]) => {
    const [channel, thread] = id.split("/")
    return { channel, thread: Number(thread), text: text.peek(), version: Math.max(1, version) } // 0 since a reconnect
  })
}

function sendEverything() {
  store()
  return flush()
}

addEventListener("blur", flush)
addEventListener("pagehide", store)
document.addEventListener("visibilitychange", () => { if (document.hidden) sendEverything() })
connection.onConnect(() => {
  drafts.forEach(known => { known.version = 0 }) // if the server was restored, earlier versions mean nothing
  flush()
})
connection.beforeSignOut(sendEverything)
restore()

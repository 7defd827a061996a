// What I have begun to write, per room and thread: kept here at once, on the server a little later, for my other devices.
import * as storage from "../../web/static/storage.js"
import * as connection from "../../web/static/connection.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {import("../../web/static/vendor/preact.js").Signal<string>} Text */

const KEEP = 300, SEND = 5000 // milliseconds after the first key until it is on disk, and on the server

/** @type {Map<string, { text: Text, version: number, dirty: boolean }>} */
const drafts = new Map()
/** What changed and is not on disk yet. @type {Set<string>} */
const changed = new Set()
let keeping = 0, sending = 0

/** The channels and threads in which something is begun; counts up when that changes. */
export const begun = signal(/** @type {ReadonlySet<string>} */ (new Set()))

/** @param {string} channel @param {number} thread */
function at(channel, thread) {
  const id = `${channel}/${thread}`
  const known = drafts.get(id) ?? { text: signal(""), version: 0, dirty: false }
  drafts.set(id, known)
  return known
}

/** The text begun in a room or a thread of it. @param {string} channel @param {number} [thread] @returns {Text} */
export function draft(channel, thread = 0) { return at(channel, thread).text }

/** @param {string} channel @param {number} thread @param {string} text */
export function saveDraft(channel, thread, text) {
  const known = at(channel, thread)
  if (known.text.peek() === text) return
  known.text.value = text
  known.dirty = true
  mark(`${channel}/${thread}`, text)
  changed.add(`${channel}/${thread}`)
  keeping ||= setTimeout(keep, KEEP)
  if (!text) flush()
  else sending ||= setTimeout(flush, SEND)
}

/** @param {string} id @param {string} text */
function mark(id, text) {
  if (begun.peek().has(id) === Boolean(text.trim())) return
  const next = new Set(begun.peek())
  if (text.trim()) next.add(id)
  else next.delete(id)
  begun.value = next
}

/** What is on its way to the server lies on disk until it is there. */
function keep() {
  clearTimeout(keeping)
  keeping = 0
  for (const id of changed) {
    const known = drafts.get(id), text = known?.dirty && known.text.peek()
    if (text) storage.put("drafts", id, text)
    else storage.remove("drafts", id)
  }
  changed.clear()
}

/** What an earlier page did not get to the server; what is typed already comes after it. */
async function takeUp() {
  for (const id of await storage.keys("drafts")) {
    const [channel, thread] = id.split("/"), known = at(channel, Number(thread)), left = await storage.get("drafts", id)
    if (left && !known.dirty) saveDraft(channel, Number(thread), left)
    else if (left && known.text.peek()) saveDraft(channel, Number(thread), `${left}\n${known.text.peek()}`)
    known.dirty = true
  }
  flush()
}

/** Let the server have what changed. */
export async function flush() {
  clearTimeout(sending)
  sending = 0
  for (const [id, known] of drafts) {
    if (!known.dirty || !connection.isConnected()) continue
    const [channel, thread] = id.split("/"), text = known.text.peek()
    const { ok, code } = await connection.request("draft", { channel, thread: Number(thread), text })
    if (ok) known.version = Math.max(known.version, ok)
    if ((ok || code === "absent" || code === "too_large") && known.text.peek() === text) {
      known.dirty = false
      changed.add(id)
    }
  }
  keep()
}

/** Another device wrote. @param {{ channel: string, thread: number, text: string, version: number }} said */
export function hear({ channel, thread, text, version }) {
  const known = at(channel, thread)
  if (version <= known.version) return
  known.version = version
  if (known.dirty) return
  known.text.value = text
  mark(`${channel}/${thread}`, text)
}

/**
 * What the server has: another device may have sent or dropped the rest.  A server that was put back to an earlier day
 * has them from me once more.
 * @param {Array<Parameters<typeof hear>[0]>} all @param {boolean} isPutBack
 */
export function learn(all, isPutBack) {
  const said = new Set(all.map(({ channel, thread }) => `${channel}/${thread}`))
  for (const [id, known] of drafts) {
    const begun = !known.dirty && known.text.peek()
    if (begun && isPutBack) known.dirty = true
    else if (begun && !known.version && !said.has(id)) {
      known.text.value = ""
      mark(id, "")
    }
  }
  all.forEach(hear)
  if (isPutBack) flush()
}

function leave() {
  keep()
  return flush()
}

addEventListener("blur", flush)
addEventListener("pagehide", keep)
document.addEventListener("visibilitychange", () => { if (document.hidden) leave() })
connection.onConnect(() => {
  drafts.forEach(known => { known.version = 0 }) // versions of before a cut say nothing where a server was put back
  flush()
})
connection.beforeSignOut(leave)
takeUp()

// What I have begun to write, per room and thread: kept here at once, on the server a little later, for my other devices.
import * as kept from "../../web/static/kept.js"
import * as live from "../../web/static/live.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {import("../../web/static/vendor/preact.js").Signal<string>} Text */

const SEND = 5000

/** @type {Map<string, { text: Text, version: number, dirty: boolean }>} */
const drafts = new Map()
let sending = 0

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
  keep(`${channel}/${thread}`, text)
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

/** What is on its way to the server lies here until it is there. @param {string} id @param {string} text */
function keep(id, text) {
  if (text) kept.put("drafts", id, text)
  else kept.drop("drafts", id)
}

/** What an earlier page did not get to the server; what is typed already goes before it. */
async function takeUp() {
  for (const id of await kept.keys("drafts")) {
    const [channel, thread] = id.split("/"), known = at(channel, Number(thread)), text = await kept.value("drafts", id)
    if (known.dirty || !text) continue
    known.text.value = text
    known.dirty = true
    mark(id, text)
  }
  flush()
}

/** Let the server have what changed. */
export async function flush() {
  clearTimeout(sending)
  sending = 0
  for (const [id, known] of drafts) {
    if (!known.dirty || !live.online()) continue
    const [channel, thread] = id.split("/"), text = known.text.peek()
    const { ok, code } = await live.ask("draft", { channel, thread: Number(thread), text })
    if (ok) known.version = Math.max(known.version, ok)
    if ((ok || code === "absent" || code === "too_large") && known.text.peek() === text) {
      known.dirty = false
      keep(id, "")
    }
  }
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

/** What the server has. @param {Array<Parameters<typeof hear>[0]>} all */
export function learn(all) {
  all.forEach(hear)
}

addEventListener("blur", flush)
document.addEventListener("visibilitychange", () => { if (document.hidden) flush() })
live.greet(flush)
takeUp()

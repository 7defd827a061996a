// Who is who and who is here: a name for every id, looked up once when unknown; an avatar; and who is connected now.
import { get } from "../../web/static/http.js"
import * as connection from "../../web/static/connection.js"
import { boot } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {import("../../web/static/types").Person} Person */

/** @type {Map<number, import("../../web/static/vendor/preact.js").Signal<Person>>} */
const known = new Map()
/** @type {Set<number>} */
const unknown = new Set()

/** Take what the server says now about a person. @param {Person} person */
export function learn(person) {
  const entry = known.get(person.id)
  unknown.delete(person.id)
  if (entry) entry.value = person
  else known.set(person.id, signal(person))
}

/** Take the names that came with a window, where nothing newer is known. @param {Record<string, Person>} [people] */
export function meet(people = {}) {
  Object.values(people).filter(({ id }) => !known.get(id)?.peek().name).forEach(learn)
}

/** The person as known by now; somebody unknown has no name yet and is looked up. @param {number} id */
export function person(id) {
  let entry = known.get(id)
  if (!entry) {
    entry = signal({ id, name: id === 0 ? "Hubbub" : "", role: "" })
    known.set(id, entry)
    if (id !== 0 && unknown.add(id).size === 1) setTimeout(lookUp, 20)
  }
  return entry.value
}

async function lookUp() {
  if (!unknown.size || !connection.isConnected()) return
  const { ok } = await connection.request("people", { ids: [...unknown].slice(0, 100) })
  ok?.forEach(learn)
}

/** Whoever has this handle, as far as is known here. @param {string} handle @returns {Person | undefined} */
export function byHandle(handle) {
  const low = handle.toLowerCase()
  return [...known.values()].map(entry => entry.value).find(person => person.handle === low)
}

/** How well somebody fits what was typed; 0 not at all. @param {Person} person @param {string} word */
function fits({ name, handle = "", role }, word) {
  if (role === "system" || !name) return 0
  const low = name.toLowerCase()
  if (low.startsWith(word) || handle.startsWith(word)) return 3
  if (low.split(/\s+/).some(part => part.startsWith(word))) return 2
  return low.includes(word) || handle.includes(word) ? 1 : 0
}

/** The people whose name or handle begins so, or holds it; the known ones, and those whom the server finds. @param {string} word @param {{ gone?: boolean }} [also] @returns {Promise<Person[]>} */
export async function findPeople(word, { gone = false } = {}) {
  const low = word.trim().replace(/^@/, "").toLowerCase()
  const { ok } = await get(`/api/people?q=${encodeURIComponent(low)}&limit=50`)
  ok?.forEach(learn)
  return [...known.values()].map(entry => entry.value).filter(person => (gone || !person.gone) && fits(person, low))
    .sort((a, b) => fits(b, low) - fits(a, low) || a.name.localeCompare(b.name))
}

/** Whose card stands open, and beside what. @type {import("../../web/static/vendor/preact.js").Signal<{ id: number, anchor: Element | null } | null>} */
export const card = signal(null)

/** Show somebody's card. @param {number} id @param {Element | null} [anchor] */
export function openCard(id, anchor = null) { card.value = { id, anchor } }

/**
 * Who has a connection open: asked for at every connect, kept up by signals.
 * @type {import("../../web/static/vendor/preact.js").Signal<ReadonlySet<number>>}
 */
export const here = signal(new Set())

async function lookAround() {
  const { ok } = await connection.request("here", {})
  if (ok) here.value = new Set(ok)
}

connection.onConnect(lookUp)
connection.onConnect(lookAround)
connection.onEvent((event, payload) => {
  if (event !== "here") return
  const next = new Set(here.value)
  payload.data.here.forEach((/** @type {number} */ id) => next.add(id))
  payload.data.gone.forEach((/** @type {number} */ id) => next.delete(id))
  here.value = next
})
meet(boot.people)
Object.values(boot.windows ?? {}).forEach(window => meet(window.people))

// The people known to this page: a name for every id, loaded once if unknown, and who is online.
import { fold, matchScore } from "../../web/static/strings.js"
import { get } from "../../web/static/http.js"
import * as connection from "../../web/static/connection.js"
import { boot, workspace } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {import("../../web/static/types").Person} Person */

/** @type {Map<number, import("../../web/static/vendor/preact.js").Signal<Person>>} */
const known = new Map()
/** @type {Set<number>} */
const toLoad = new Set()

/** Take the server's current data about a person. @param {Person} person */
export function updatePerson(person) {
  const entry = known.get(person.id)
  toLoad.delete(person.id)
  if (entry) entry.value = person
  else known.set(person.id, signal(person))
}

/** Add the people of a window, unless something newer is known. @param {Record<string, Person>} [people] */
export function addPeople(people = {}) {
  Object.values(people).filter(({ id }) => !known.get(id)?.peek().name).forEach(updatePerson)
}

/** Return what is known about a person; an unknown one has no name yet and is loaded. @param {number} id */
export function person(id) {
  let entry = known.get(id)
  if (!entry) {
    entry = signal({ id, name: id === 0 ? workspace.value.name : "", role: "" })
    known.set(id, entry)
    if (id !== 0 && toLoad.add(id).size === 1) setTimeout(loadUnknown, 20)
  }
  return entry.value
}

async function loadUnknown() {
  if (!toLoad.size || !connection.isConnected()) return
  const ids = [...toLoad].slice(0, 100), { ok } = await connection.request("people", { ids })
  if (!ok) {
    setTimeout(loadUnknown, 2000)
    return
  }
  ok.forEach(updatePerson)
  ids.forEach(id => toLoad.delete(id)) // nobody has the ids that are left
  await loadUnknown()
}

/** Wait until a person's name is known, or cannot be loaded. @param {number} id */
export async function loadPerson(id) { if (!person(id).name) await loadUnknown() }

/** Return all people whom this page knows. */
export function knownPeople() { return [...known.values()].map(entry => entry.value) }

/** Return the known person with this handle. @param {string} handle @returns {Person | undefined} */
export function byHandle(handle) {
  const low = handle.toLowerCase()
  return knownPeople().find(person => person.handle === low)
}

/**
 * Return the people whose name or handle matches, from the known ones and from the server.
 * @param {string} word @param {{ banned?: boolean }} [also] @returns {Promise<Person[]>}
 */
export async function findPeople(word, { banned = false } = {}) {
  const low = fold(word).replace(/^@/, "")
  const { ok } = await get(`/api/people?q=${encodeURIComponent(low)}&limit=50`)
  ok?.forEach(updatePerson)
  return [...known.values()].map(({ value: one }) => ({ one, score: matchScore(low, [one.name, one.handle ?? ""]) }))
    .filter(({ one, score }) => (banned || !one.banned) && one.role !== "system" && one.name && score < Infinity)
    .sort((a, b) => a.score - b.score || a.one.name.localeCompare(b.one.name)).map(({ one }) => one)
}

/**
 * Whose card is open, and next to what.
 * @type {import("../../web/static/vendor/preact.js").Signal<{ id: number, anchor: Element | null } | null>}
 */
export const openedCard = signal(null)

/** Open a person's card. @param {number} id @param {Element | null} [anchor] */
export function openCard(id, anchor = null) { openedCard.value = { id, anchor } }

/**
 * Where to invite people by a link: into a room, or only to the server.
 * @type {import("../../web/static/vendor/preact.js").Signal<{ channel?: string, room?: string } | null>}
 */
export const inviting = signal(null)

/**
 * Who is online: requested at every connect, updated by signals.
 * @type {import("../../web/static/vendor/preact.js").Signal<ReadonlySet<number>>}
 */
export const online = signal(new Set())

async function loadOnline() {
  const { ok } = await connection.request("online", {})
  if (ok) online.value = new Set(ok)
}

connection.onConnect(loadUnknown)
connection.onConnect(loadOnline)
connection.onEvent((event, payload) => {
  if (event !== "presence") return
  const next = new Set(online.value)
  payload.data.online.forEach((/** @type {number} */ id) => next.add(id))
  payload.data.offline.forEach((/** @type {number} */ id) => next.delete(id))
  online.value = next
})
addPeople(boot.people)
Object.values(boot.windows ?? {}).forEach(window => addPeople(window.people))

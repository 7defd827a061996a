// Who is who: a name for every id, looked up once when unknown, changed by the entries of `people:all`.
import { boot } from "../../web/static/boot.js"
import * as live from "../../web/static/live.js"
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

/** The person as known by now; somebody unknown has no name yet and is looked up. @param {number} id @returns {Person} */
export function person(id) {
  let entry = known.get(id)
  if (!entry) {
    entry = signal({ id, name: id === 0 ? "Hubbub" : "", kind: "" })
    known.set(id, entry)
    if (id !== 0 && unknown.add(id).size === 1) setTimeout(lookUp, 20)
  }
  return entry.value
}

async function lookUp() {
  if (!unknown.size || !live.online()) return
  const { ok } = await live.ask("people", { ids: [...unknown].slice(0, 100) })
  ok?.forEach(learn)
}

live.greet(lookUp)
meet(boot.people)
Object.values(boot.windows ?? {}).forEach(window => meet(window.people))

// The groups of people that can be mentioned, loaded when they are first needed and again a while later.
import { get } from "../../web/static/http.js"
import { matchScore, t } from "../../web/static/strings.js"

/** @typedef {{ id: number, handle: string, name: string, members: number[] }} Group */

const FRESH = 30_000 // milliseconds until they are loaded again
let loadedAt = -Infinity, groups = /** @type {Promise<Group[]>} */ (Promise.resolve([]))

/** @param {boolean} [now] whether one may have been added just now @returns {Promise<Group[]>} */
export function loadGroups(now = false) {
  if (now || Date.now() - loadedAt > FRESH) {
    loadedAt = Date.now()
    groups = get("/api/groups").then(({ ok }) => {
      if (!ok) loadedAt = -Infinity
      return ok ?? []
    })
  }
  return groups
}

/** Return what the composer suggests after an @. @param {string} word */
export async function suggestGroups(word) {
  return (await loadGroups()).filter(({ name, handle }) => matchScore(word, [name, handle]) < Infinity).map(({ id, name, handle, members }) => (
    { id: `@group-${id}`, insert: `@${handle} `, label: name, note: `@${handle} · ${t("people.groups.members", { n: members.length })}`, icon: "users" }))
}

// The pages of messages that a query finds, for the tabs that show messages and files.
import { get } from "../../web/static/http.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { useLoad } from "../../web/static/use-load.js"
import { addPeople } from "../../people/static/directory.js"

/** @typedef {{ items: any[], words: string[], unfinished: boolean, before: number, rooms: Record<string, string> }} Found */
/** @typedef {import("../../web/static/vendor/preact.js").Signal<boolean>} Busy */

const PAGE = 20
/** The time zone of the days in a query. */
const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC"

/**
 * The messages found so far, and how to load more.
 * @param {string} query @param {Busy} busy while a request runs
 */
export function useMessages(query, busy) {
  const found = useSignal(/** @type {Found | null} */ (null)), problem = useSignal(""), shown = useSignal("")
  /** @param {number} before @param {() => boolean} isStale */
  async function load(before, isStale) {
    busy.value = true
    const { ok, error } = await get(`/api/search?q=${encodeURIComponent(query)}&limit=${PAGE}&context=true&zone=${encodeURIComponent(zone)}${before ? `&before=${before}` : ""}`)
    if (isStale()) return
    busy.value = false
    problem.value = error ?? ""
    if (!ok) return
    addPeople(ok.people)
    found.value = before && found.value ? { ...ok, rooms: { ...found.value.rooms, ...ok.rooms }, items: [...found.value.items, ...ok.items] } : ok
    shown.value = query
  }
  useLoad(() => {
    let stale = false
    load(0, () => stale)
    return () => { stale = true; busy.value = false }
  }, [query])
  return { found: found.value, problem: problem.value, more: found.value?.before && shown.value === query ? () => { if (!busy.peek()) load(found.value?.before ?? 0, () => shown.peek() !== query) } : null }
}

// The filters of a search, completed while they are typed: from:, in:, has:, is:, before:, after:, on:, and those of slices.
import { filterValues, searchFilters } from "../../web/static/find.js"
import { locale, t } from "../../web/static/strings.js"
import { findPeople } from "../../people/static/directory.js"
import { bestMatches } from "./matches.js"
import { slugOf } from "./mention.js"
import { filterName } from "./rooms/room-row.js"
import { roomName, rooms } from "./user-state.js"

/** @typedef {import("../../web/static/find.js").Value} Value */
/** @typedef {import("./autocomplete.js").Suggestion} Suggestion */
/** @typedef {{ name: string | null, word: string, from: number, to: number }} Token at the caret: the value of a filter, or without a name the beginning of one */

const NAMES = ["from", "in", "has", "is", "before", "after", "on"], FIXED = { has: ["file", "image", "link", "code"], is: ["thread", "pinned", "mine"] }
const DAY = 86_400_000, MOST = 8

/** The names of all filters. */
export function filterNames() { return [...NAMES, ...searchFilters.keys()] }

/** Whether and where a filter is typed at the caret. @param {string} text @param {number} caret @returns {Token | null} */
export function tokenAt(text, caret) {
  const found = /(?<=^|\s)(?:(\p{L}+)[:：])?([^\s"]*)$/u.exec(text.slice(0, caret)), name = found?.[1]?.toLowerCase() ?? null
  if (!found || (name === null ? !/^\p{L}{2,}$/u.test(found[2]) : !filterNames().includes(name))) return null
  return { name, word: found[2].toLowerCase(), from: caret - (name === null ? found[2].length : found[0].length), to: caret }
}

/** The words of a query, without its filters and excluded words. @param {string} query */
export function wordsOf(query) {
  const filter = new RegExp(`(^|\\s)(?:-(?!-)|(?:${filterNames().join("|")})[:：])(?:"[^"]*"?|\\S*)`, "giu")
  return query.replace(filter, " ").replace(/["“”]/g, " ").replace(/\s+/g, " ").trim()
}

/** The channel of the room in a query; "" if there is none that I am in. @param {string} query */
export function roomIn(query) {
  const name = (/(?:^|\s)in[:：]#?(\S+)/i.exec(query)?.[1] ?? "").toLowerCase(), named = [...rooms.value.values()]
  return (named.find(room => room.channel === name || room.kind !== "direct" && slugOf(roomName(room)) === slugOf(name)) ?? { channel: "" }).channel
}

/** A day as the server reads it, in this time zone. @param {Date} day */
function isoOf(day) { return [day.getFullYear(), String(day.getMonth() + 1).padStart(2, "0"), String(day.getDate()).padStart(2, "0")].join("-") }

/** @param {string} word @returns {Value[]} */
function days(word) {
  const now = new Date(), ago = (/** @type {number} */ n) => new Date(now.getTime() - n * DAY), relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" })
  const named = new Intl.DateTimeFormat(locale(), { dateStyle: "full" })
  /** @type {Array<[Date, string]>} */
  const all = [[now, relative.format(0, "day")], [ago(1), relative.format(-1, "day")], [ago(7), relative.format(-7, "day")], [ago(30), relative.format(-30, "day")],
    [new Date(now.getFullYear(), now.getMonth(), 1), relative.format(0, "month")], [new Date(now.getFullYear(), 0, 1), relative.format(0, "year")]]
  return all.filter(([day, label]) => isoOf(day).startsWith(word) || label.toLowerCase().startsWith(word)).map(([day, label]) => (
    { value: isoOf(day), label: label[0].toLocaleUpperCase(locale()) + label.slice(1), note: named.format(day), icon: "calendar" }))
}

/** @param {string} word @returns {Promise<Value[]>} */
async function people(word) {
  const me = "me".startsWith(word) ? [{ value: "me", label: t("chat.search.me"), icon: "circle-user" }] : []
  return [...me, ...(await findPeople(word.replace(/^@/, ""))).map(({ id, name, handle = "" }) => ({ value: handle, label: name, note: `@${handle}`, person: id }))]
}

/** @param {string} word @returns {Value[]} */
function places(word) {
  const named = [...rooms.value.values()].filter(({ kind }) => kind !== "direct").map(room => ({ room, names: [roomName(room), slugOf(roomName(room))] }))
  return bestMatches(word.replace(/^#/, ""), named).map(({ room }) => ({ value: filterName(room), label: roomName(room), note: room.topic, icon: room.kind === "private" ? "lock" : "hash" }))
}

/** The values of a filter that match so far. @param {string} name @param {string} word @returns {Promise<Value[]>} */
async function valuesOf(name, word) {
  if (name === "from") return people(word)
  if (name === "in") return places(word)
  if (name === "before" || name === "after" || name === "on") return days(word)
  const own = FIXED[/** @type {keyof typeof FIXED} */ (name)]?.map(value => /** @type {const} */ ([value, `chat.search.filter.${name}:${value}`])) ?? []
  const fixed = [...own, ...filterValues.get(name) ?? []].filter(([value]) => value.startsWith(word)).map(([value, about]) => ({ value, label: `${name}:${value}`, note: t(about) }))
  return [...fixed, ...await searchFilters.get(name)?.load().then(find => find(word)) ?? []]
}

/** What a filter means, or one of its values. @param {string} name */
export function aboutFilter(name) { return t(searchFilters.get(name)?.about ?? `chat.search.filter.${name}`) }

/** Return what the token at the caret may become. @param {Token} token @returns {Promise<Suggestion[]>} */
export async function suggestFilters({ name, word }) {
  if (name !== null) {
    const values = (await valuesOf(name, word)).slice(0, MOST)
    return values.some(({ value }) => value === word) ? [] : values.map(({ value, ...shown }) => ({ id: value, insert: `${name}:${value} `, icon: "list-filter", ...shown }))
  }
  return filterNames().filter(one => one.startsWith(word)).map(one => (
    { id: one, insert: `${one}:`, label: `${one}:`, note: NAMES.includes(one) && one in FIXED ? FIXED[/** @type {keyof typeof FIXED} */ (one)].join(", ") : aboutFilter(one), icon: "list-filter" }))
}

/** The filters for the help, with what they mean. @returns {Array<[filter: string, about: string]>} */
export function allFilters() {
  return filterNames().flatMap(name => {
    const values = [...FIXED[/** @type {keyof typeof FIXED} */ (name)] ?? [], ...filterValues.get(name)?.keys() ?? []]
    if (!(name in FIXED)) return [/** @type {[string, string]} */ ([`${name}:`, aboutFilter(name)])]
    return values.map(value => /** @type {[string, string]} */ ([`${name}:${value}`, t(filterValues.get(name)?.get(value) ?? `chat.search.filter.${name}:${value}`)]))
  })
}

// The strings of the page, by id, from the catalogues `<slice>/strings/<language>.json`.
import { report } from "./guard.js"

/** A text with `{parameters}` (`{limit:,}` is a number with separators), or one for each plural category of `n`. @typedef {string | { other: string, [category: string]: string }} Text */

/** @type {Record<string, Text>} */
let catalogue = {}
let plural = new Intl.PluralRules("en")
let names = new Intl.ListFormat("en")
let numbers = new Intl.NumberFormat("en")

/** Set the catalogue, before the slices are loaded. @param {Record<string, Text>} strings @param {string} language */
export function setStrings(strings, language) {
  catalogue = strings
  plural = new Intl.PluralRules(language)
  names = new Intl.ListFormat(language)
  numbers = new Intl.NumberFormat(language)
}

/**
 * Return the string with this id, its parameters filled in; `n` chooses the plural form.
 * @param {string} id @param {Record<string, string | number>} [params] @returns {string}
 */
export function t(id, params = {}) {
  const entry = catalogue[id]
  if (entry === undefined) {
    report("Missing string", id)
    return id
  }
  const text = typeof entry === "string" ? entry : entry[plural.select(Number(params.n))] ?? entry.other
  return text.replace(/\{(\w+)(:,)?\}/g, (whole, name, separated) => {
    const value = params[name] ?? whole
    return separated ? numbers.format(Number(value)) : String(value)
  })
}

/** Join items as in "a, b, and c". @param {string[]} items */
export function list(items) { return names.format(items) }

/**
 * Return an answer with its error in the page's language, if the catalogue has it; the server's error is in English.
 * @template {{ id?: string, params?: Record<string, string | number> }} Answer @param {Answer} answer @returns {Answer}
 */
export function translated(answer) {
  return String(answer.id) in catalogue ? { ...answer, error: t(String(answer.id), answer.params) } : answer
}

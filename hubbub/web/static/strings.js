// The strings of the page, by id, from the catalogues `<slice>/strings/<language>.json`.
import { report } from "./guard.js"

/** A text with `{parameters}`, or one for each plural category of `n`. @typedef {string | { other: string, [category: string]: string }} Text */

/** @type {Record<string, Text>} */
let catalogue = {}
let plural = new Intl.PluralRules("en")
let names = new Intl.ListFormat("en")

/** Set the catalogue, before the slices are loaded. @param {Record<string, Text>} strings @param {string} language */
export function setStrings(strings, language) {
  catalogue = strings
  plural = new Intl.PluralRules(language)
  names = new Intl.ListFormat(language)
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
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole))
}

/** Join items as in "a, b, and c". @param {string[]} items */
export function list(items) { return names.format(items) }

/** Turn an error of the server into a sentence. @param {string} error */
export function sentence(error) { return `${error.charAt(0).toUpperCase()}${error.slice(1)}.` }

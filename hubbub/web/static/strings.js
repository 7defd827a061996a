// The strings of the page, by id, from the catalogues `<slice>/strings/<language>.json`.
import { report } from "./guard.js"
import { signal } from "./vendor/preact.js"

/** A text with `{parameters}` (`{limit:,}` is a number with separators), or one for each plural category of `n`. @typedef {string | { other: string, [category: string]: string }} Text */

/** @type {Record<string, Text>} */
let catalogue = {}
/** Whether the catalogue has more than the strings of the first rows. */
const complete = signal(false)
/**
 * Return a function that makes something when it is first needed: formats take milliseconds, and the first page needs few.
 * @template T @param {() => T} make @returns {() => T}
 */
export function once(make) {
  /** @type {T | undefined} */
  let made
  return () => made ??= make()
}

let plural = once(() => new Intl.PluralRules("en"))
let names = once(() => new Intl.ListFormat("en"))
let numbers = once(() => new Intl.NumberFormat("en"))
let tag = "en"

/** Set the catalogue, before the slices are loaded. @param {Record<string, Text>} strings @param {string} language */
export function setStrings(strings, language) {
  catalogue = strings
  const [own] = language.split("-"), known = globalThis.navigator?.languages ?? []
  tag = known.find(one => one.split("-")[0] === own) ?? language
  plural = once(() => new Intl.PluralRules(language))
  names = once(() => new Intl.ListFormat(language))
  numbers = once(() => new Intl.NumberFormat(tag))
}

/** The language of the page for `Intl`: with the region of the browser, if that has the same language. */
export function locale() { return tag }

/** Add the strings that the first rows do not need. @param {Record<string, Text>} strings */
export function addStrings(strings) {
  catalogue = { ...catalogue, ...strings }
  complete.value = true
}

/**
 * Return the string with this id, its parameters filled in; `n` chooses the plural form.
 * @param {string} id @param {Record<string, string | number>} [params] @returns {string}
 */
export function t(id, params = {}) {
  const entry = catalogue[id]
  if (entry === undefined) {
    if (!complete.value) return "…" // what shows it is drawn again once the rest is here
    report("Missing string", id)
    return id
  }
  const text = typeof entry === "string" ? entry : entry[plural().select(Number(params.n))] ?? entry.other
  return text.replace(/\{(\w+)(:,)?\}/g, (whole, name, separated) => {
    const value = params[name] ?? whole
    return separated ? numbers().format(Number(value)) : String(value)
  })
}

/** Return 1, or -1 if lines run from right to left: the direction of the arrow key, or the swipe, that goes forwards. */
export function forwards() { return document.dir === "rtl" ? -1 : 1 }

/** Join items as in "a, b, and c". @param {string[]} items */
export function list(items) { return names().format(items) }

/**
 * Return an answer with its error in the page's language, if the catalogue has it; the server's error is in English.
 * @template {{ id?: string, params?: Record<string, string | number> }} Answer @param {Answer} answer @returns {Answer}
 */
export function translated(answer) {
  return String(answer.id) in catalogue ? { ...answer, error: t(String(answer.id), answer.params) } : answer
}

/** Accents and what cannot be seen; not the marks that make another letter, as in kana. */
const ACCENT = /(?![\u3099\u309a])(?=\p{M})[\p{sc=Zinh}\p{sc=Cyrl}\p{sc=Arab}\p{sc=Hebr}]|[\u0640\u2800]|(?![\u{e0020}-\u{e007f}])\p{DI}/gu
/** @type {Record<string, string>} */
const LETTERS = { ł: "l", ø: "o", đ: "d", ð: "d", þ: "th", ß: "ss", æ: "ae", œ: "oe", ı: "i", ħ: "h", ŧ: "t", ς: "σ", ی: "ي", ک: "ك", "’": "'" }

/** Return a text without case and accents, like hubbub/short_text.py. @param {string} text */
export function fold(text) {
  const bare = /^[\x21-\x7e]*$/.test(text) ? text : text.normalize("NFKD").replace(ACCENT, "")
  return bare.toLowerCase().replace(/[^\0-\x7f]/g, letter => LETTERS[letter] ?? letter).replace(/\s+/g, " ").trim()
}

/** How well names match a folded word; lower is better. @param {string} word @param {string[]} names */
export function matchScore(word, names) {
  return Math.min(...names.map(fold).map(low => low === word ? 0 : low.startsWith(word) ? 1 : ` ${low}`.replace(/[._-]/g, " ").includes(` ${word}`) ? 2
    : (word.length > 1 || word > "~") && low.includes(word) ? 3 : Infinity))
}

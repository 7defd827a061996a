// How the palette orders what it found: the best match first, then what was used last.
import { fold, matchScore } from "../../../web/static/strings.js"

/** @typedef {import("../../../web/static/find.js").Entry} Entry */

const OTHER = 5, MOST = 14
const SIGN = /^(?:\[\[?|[#@$>])/

/** The weight of the open room, which is not worth going to. */
export const HERE = -Infinity

/** The sign at the beginning of a query: # for rooms, @ for people, $ for symbols, [[ for documents, > for commands. @param {string} query */
export function signOf(query) { return SIGN.exec(query)?.[0][0] ?? "" }

/** @param {string} query */
export function withoutSign(query) { return query.replace(SIGN, "").trim() }

/** The letters of a word in their order, each at the beginning of a word or right after the one before. @param {string} low @param {string} word */
function isAbbreviation(low, word) {
  if (low[0] !== word[0]) return false
  let at = -1
  for (const letter of word) {
    const next = low[at + 1] === letter ? at + 1 : [...low.matchAll(/(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu)].find(({ index, 0: first }) => index > at && first === letter)?.index
    if (next === undefined) return false
    at = next
  }
  return true
}

/**
 * How well an entry matches; lower is better: the whole name, its beginning, that of a word, inside, each of several
 * words, an abbreviation of several words.
 * @param {Entry} entry @param {string} word folded
 */
export function scoreOf({ name, names = [name], isMatch }, word) {
  if (!word) return 0
  const whole = matchScore(word, names)
  if (whole < Infinity) return whole
  const words = word.split(" "), lows = names.map(fold)
  if (words.length > 1 && words.every(one => matchScore(one, names) < Infinity)) return 3
  return word.length > 1 && lows.some(low => isAbbreviation(low, word.replaceAll(" ", ""))) ? 4 : isMatch ? OTHER : Infinity
}

/**
 * Return the entries that match, the best first.
 * @param {Entry[]} entries @param {string} query @param {string[]} recent the ids of those used last, the newest first
 */
export function ranked(entries, query, recent) {
  const sign = signOf(query), word = fold(withoutSign(query))
  const place = new Map(recent.map((id, at) => [id, at])), placeOf = (/** @type {Entry} */ { id }) => place.get(id) ?? Infinity
  return entries.filter(entry => (!sign || entry.sign === sign) && (word || entry.weight !== HERE)).map(entry => ({ entry, score: scoreOf(entry, word) })).filter(({ score }) => score < Infinity)
    .sort((a, b) => a.score - b.score || (placeOf(a.entry) < placeOf(b.entry) ? -1 : placeOf(a.entry) > placeOf(b.entry) ? 1 : 0)
      || Math.sign((b.entry.weight ?? 0) - (a.entry.weight ?? 0) || 0) || (word ? a.entry.name.length - b.entry.name.length : 0))
    .slice(0, MOST).map(({ entry }) => entry)
}

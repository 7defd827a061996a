// The word at the caret that may become something else, and the best matches for a word.
import { fold, matchScore } from "../../web/static/strings.js"
import { triggers } from "./autocomplete.js"

/** @typedef {import("./autocomplete.js").Query} Query */

const COMMAND = /^\/([\w-]{0,32})$/
const MOST = 8

/** @param {string} text @param {number} caret @returns {Query | null} */
export function queryAt(text, caret) {
  const before = text.slice(0, caret).replaceAll("＠", "@")
  const command = COMMAND.exec(before)
  if (command) return { sign: "/", word: command[1].toLowerCase(), from: 0, to: caret }
  for (const [sign, { least, pattern }] of triggers) {
    const found = pattern?.exec(before)
    if (found && found[1].length >= least) return { sign, word: found[1].toLowerCase(), from: caret - sign.length - found[1].length, to: caret }
  }
  const signs = [...triggers].flatMap(([sign, { pattern }]) => pattern ? [] : sign.replace(/[$^*+?.()[\]{}|\\/]/g, "\\$&")).join("|")
  const found = new RegExp(`(?<![A-Za-z0-9/&]|[A-Za-z0-9]_)(${signs})([\\p{L}\\p{M}\\p{N}\\u200c\\u200d._+-]{0,40})$`, "u").exec(before.slice(-60))
  if (!found || found[2].length < (triggers.get(found[1])?.least ?? 0)) return null
  return { sign: found[1], word: found[2].toLowerCase(), from: caret - found[1].length - found[2].length, to: caret }
}

/**
 * Return the best matches, at most eight: by score, then by distance, then by name.
 * @template {{ names: string[], far?: number }} Candidate
 * @param {string} word @param {Candidate[]} candidates @returns {Candidate[]}
 */
export function bestMatches(word, candidates, most = MOST) {
  return candidates.map(candidate => ({ candidate, fit: matchScore(fold(word), candidate.names), far: candidate.far ?? 0 }))
    .filter(({ fit }) => fit < Infinity)
    .sort((a, b) => a.fit - b.fit || a.far - b.far || a.candidate.names[0].localeCompare(b.candidate.names[0]))
    .slice(0, most).map(({ candidate }) => candidate)
}

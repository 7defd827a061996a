// What the word at the caret may become: a person, a room, an emoji, a command. A slice adds signs of its own.
import { fold, matchScore } from "../../web/static/strings.js"

/** @typedef {{ sign: string, word: string, from: number, to: number }} Query a sign, the text after it, and its position */
/** @typedef {{ id: string, insert: string, label: string, note?: string, person?: number, picture?: string, icon?: string, dim?: boolean }} Suggestion */

const COMMAND = /^\/(\w{0,12})$/
const MOST = 8

/** @typedef {(word: string, channel: string) => Suggestion[]} Suggest what a word may become, given without its sign */
/** @type {Map<string, { suggest: Suggest, least: number }>} */
export const triggers = new Map()

/** Suggest something after a sign and at least so many characters. @param {string} sign @param {Suggest} suggest @param {number} [least] */
export function registerTrigger(sign, suggest, least = 0) { triggers.set(sign, { suggest, least }) }

/** @param {string} text @param {number} caret @returns {Query | null} */
export function queryAt(text, caret) {
  const before = text.slice(0, caret).replaceAll("＠", "@")
  const command = COMMAND.exec(before)
  if (command) return { sign: "/", word: command[1].toLowerCase(), from: 0, to: caret }
  const signs = [...triggers.keys()].map(sign => sign.replace(/[^\w@#:]/g, "\\$&")).join("|")
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

/**
 * Return a link around the selection if an address is pasted over it.
 * @param {string} selected @param {string} pasted
 */
export function linkAround(selected, pasted) {
  if (!selected.trim() || /\n/.test(selected) || URL.canParse(selected) || !/^https?:\/\/\S+$/.test(pasted.trim())) return ""
  return `[${selected}](${pasted.trim()})`
}

/**
 * Return the text with marks around the selection, or without them if they are there.
 * @param {string} text @param {number} from @param {number} to @param {string} mark
 * @returns {{ insert: string, from: number, to: number, select: [number, number] }}
 */
export function toggleMarks(text, from, to, mark) {
  const inside = text.slice(from, to), size = mark.length
  if (text.slice(from - size, from) === mark && text.slice(to, to + size) === mark) {
    return { insert: inside, from: from - size, to: to + size, select: [from - size, to - size] }
  }
  return { insert: mark + inside + mark, from, to, select: [from + size, to + size] }
}

/** Parse a command and its argument. @param {string} text @returns {{ name: string, rest: string } | null} */
export function parseCommand(text) {
  const found = /^\/(\w{1,12})(?:\s+([\s\S]*))?$/.exec(text)
  return found && { name: found[1].toLowerCase(), rest: (found[2] ?? "").trim() }
}

// What the word at the caret may become: a person, a room, an emoji, a command. A slice adds signs of its own.
import { fold, matchScore } from "../../web/static/strings.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {{ sign: string, word: string, from: number, to: number }} Query a sign, the text after it, and its position */
/** @typedef {{ id: string, insert: string, label: string, note?: string, value?: string, person?: number, picture?: string, icon?: string, dim?: boolean }} Suggestion
 *   `value` is shown at the end of the row */

const COMMAND = /^\/(\w{0,12})$/
const MOST = 8
const PAUSE = 60, FRESH = 10_000 // milliseconds from a key until it is asked for, and until it is asked for again

/** @typedef {(word: string, channel: string, root?: number) => Suggestion[]} Suggest what a word may become, given without its sign; `root` of the thread, or 0 */
/** @typedef {{ suggest: Suggest, least: number, pattern?: RegExp }} Trigger */
/** @type {Map<string, Trigger>} */
export const triggers = new Map()

/**
 * Suggest something after a sign and at least so many characters.
 * @param {string} sign @param {Suggest} suggest @param {number} [least]
 * @param {RegExp} [pattern] of the text up to the caret, with the word in a group; by default the sign begins a word
 */
export function registerTrigger(sign, suggest, least = 0, pattern) { triggers.set(sign, { suggest, least, pattern }) }

/**
 * Suggest what a function finds that is loaded on first use; until it has an answer, the last one.
 * @param {() => Promise<(word: string) => Suggestion[] | Promise<Suggestion[]>>} load @returns {Suggest}
 */
export function suggestLater(load) {
  const found = signal({ word: "", list: /** @type {Suggestion[]} */ ([]) })
  let latest = "", askedAt = -Infinity
  /** @param {string} word */
  async function ask(word) {
    const list = latest === word && await load().then(find => find(word), () => [])
    if (list && latest === word) found.value = { word, list }
  }
  return word => {
    if (latest !== word || Date.now() - askedAt > FRESH) {
      latest = word
      askedAt = Date.now()
      setTimeout(ask, PAUSE, word)
    }
    return word.startsWith(found.value.word) ? found.value.list : []
  }
}

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

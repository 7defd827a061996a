// What a word may become in the composer, by its sign: a person, a room, an emoji. A slice adds signs of its own.
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {{ sign: string, word: string, from: number, to: number }} Query a sign, the text after it, and its position */
/** @typedef {{ id: string, insert: string, label: string, note?: string, value?: string, person?: number, picture?: string, icon?: string, dim?: boolean }} Suggestion
 *   `value` is shown at the end of the row */

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
  const found = /^\/([\w-]{1,32})(?:\s+([\s\S]*))?$/.exec(text)
  return found && { name: found[1].toLowerCase(), rest: (found[2] ?? "").trim() }
}

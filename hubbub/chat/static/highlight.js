// Find the words of a search in a text, in any case and with any accents, as hubbub/chat/words.py compares them.
import { fold } from "../../web/static/strings.js"

const LETTER = /[\p{L}\p{N}\p{M}]/u, MARK = /\p{M}/u, FLAG = /^\p{RI}/u
const JOINT = /(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\u200c)/y
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Bopo}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}々ー]/u
const SEPARATOR = /[\0-"$-*,-/:-@[-`{-\x7f]|(?!\p{RI}|[\u{e0020}-\u{e007f}\u{1f000}-\u{1faff}])[^\p{L}\p{N}\p{M}\p{S}\0-\x7f]/gu
const graphemes = new Intl.Segmenter()

/** Return a folded text, with spaces between words, and where each of its characters is in the original. @param {string} text */
function folded(text) {
  /** @type {number[]} */
  const places = []
  let result = ""
  for (const { segment, index } of graphemes.segment(text)) {
    const part = /\s/.test(segment) ? " " : fold(segment).normalize("NFC").replace(SEPARATOR, " ")
    result += part
    for (let count = part.length; count; count--) places.push(index)
  }
  return { result, places: [...places, text.length] }
}

/** @param {string} words adjacent ones */
function pattern(words) {
  const [first, ...rest] = words.split(" "), escaped = (/** @type {string} */ word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  const isSpaced = (/** @type {string | undefined} */ letter = "") => LETTER.test(letter) && !UNSPACED.test(letter)
  let last = first, source = escaped(first)
  for (const word of rest) {
    source += (isSpaced(last.at(-1)) && isSpaced(word[0]) ? " +" : " *") + escaped(word)
    last = word
  }
  return new RegExp(source, "gu")
}

/**
 * Return a function that splits a text into parts, of which every second one was found.
 * @param {string[]} words as the search returns them: adjacent ones in one string
 * @param {boolean} [unfinished] whether the last of them may go on
 * @returns {(text: string) => string[]}
 */
export function highlighter(words, unfinished = false) {
  const wanted = words.map((one, index) => ({ pattern: pattern(one), isPrefix: unfinished && index === words.length - 1 }))
  return text => {
    const { result, places } = folded(text)
    /** Whether a word may begin or end here. @param {number} at */
    function isBoundary(at) {
      const before = result[at - 1] ?? " ", after = result[at] ?? " "
      if (places[at] === places[at - 1] && FLAG.test(text.slice(places[at]))) return false
      if (!LETTER.test(before) || !LETTER.test(after)) return true
      if (UNSPACED.test(before) || UNSPACED.test(after)) return !MARK.test(after)
      JOINT.lastIndex = places[at]
      return JOINT.test(text)
    }
    const found = wanted.flatMap(({ pattern, isPrefix }) => [...result.matchAll(pattern)].map(match => {
      let end = match.index + match[0].length
      while (isPrefix && !isBoundary(end)) end++
      return isBoundary(match.index) && isBoundary(end) ? [places[match.index], places[end]] : []
    })).filter(range => range.length).sort(([a], [b]) => a - b)
    const parts = [""]
    let done = 0
    for (const [start, end] of found) {
      if (start < done) continue
      parts.push(parts.pop() + text.slice(done, start), text.slice(start, end), "")
      done = end
    }
    return [...parts.slice(0, -1), text.slice(done)]
  }
}

// Formatting of a selection in the message field: what to insert where, and what is selected after it.
import { toggleMarks } from "./autocomplete.js"

/** @typedef {{ insert: string, from: number, to: number, select: [number, number] }} Change */
/** @typedef {"bold" | "italic" | "strike" | "code" | "link" | "list" | "quote" | "block" | "heading" | "numbers" | "task" | "table"} Format */

const MARKS = { bold: "**", italic: "_", strike: "~~", code: "`" }, PREFIXES = { list: "- ", quote: "> ", heading: "## ", numbers: "1. ", task: "- [ ] " }
const ADDRESS = "https://"

/** @param {Format} format @param {string} text @param {number} from @param {number} to @returns {Change} */
export function formatted(format, text, from, to) {
  if (format === "link") return linked(text, from, to)
  if (format === "block") return fenced(text, from, to)
  if (format === "table") return inserted(text, from, to, "|   |   |\n| - | - |\n|   |   |")
  if (format in MARKS) return toggleMarks(text, from, to, MARKS[/** @type {keyof typeof MARKS} */ (format)])
  return prefixed(text, from, to, PREFIXES[/** @type {keyof typeof PREFIXES} */ (format)])
}

/** A link with the selection as its text, or as its address; what is missing is selected. @param {string} text @param {number} from @param {number} to @returns {Change} */
function linked(text, from, to) {
  const selected = text.slice(from, to)
  if (/^https?:\/\/\S+$/.test(selected)) return { insert: `[](${selected})`, from, to, select: [from + 1, from + 1] }
  const start = from + selected.length + 3
  return { insert: `[${selected}](${ADDRESS})`, from, to, select: selected ? [start, start + ADDRESS.length] : [from + 1, from + 1] }
}

/** The selected lines with a prefix, or without it if all have it. @param {string} text @param {number} from @param {number} to @param {string} prefix @returns {Change} */
function prefixed(text, from, to, prefix) {
  const start = text.lastIndexOf("\n", from - 1) + 1, next = text.indexOf("\n", to), end = next < 0 ? text.length : next
  const lines = text.slice(start, end).split("\n"), has = lines.every(line => line.startsWith(prefix))
  const insert = lines.map(line => has ? line.slice(prefix.length) : prefix + line).join("\n")
  return { insert, from: start, to: end, select: lines.length > 1 ? [start, start + insert.length] : [start + insert.length, start + insert.length] }
}

/** A block after the selection, on lines of its own; its first cell is selected. @param {string} text @param {number} from @param {number} to @param {string} block @returns {Change} */
function inserted(text, from, to, block) {
  const before = to && text[to - 1] !== "\n" ? "\n\n" : "", after = to < text.length && text[to] !== "\n" ? "\n" : ""
  return { insert: before + block + after, from: to, to, select: [to + before.length + 2, to + before.length + 2] }
}

/** The selection as a code block on lines of its own. @param {string} text @param {number} from @param {number} to @returns {Change} */
function fenced(text, from, to) {
  const before = from && text[from - 1] !== "\n" ? "\n" : "", after = to < text.length && text[to] !== "\n" ? "\n" : ""
  const selected = text.slice(from, to), start = from + before.length + 4
  return { insert: `${before}\`\`\`\n${selected}\n\`\`\`${after}`, from, to, select: [start, start + selected.length] }
}

// Parse a message into a tree: Markdown, links, mentions and rooms, in linear time.
import { MarkdownIt } from "../../web/static/vendor/markdown.js"
import { besideCjk } from "./cjk-emphasis.js"

/** @typedef {import("../../web/static/vendor/markdown.js").Token} Token */
/** @typedef {{ token: Token, children: Branch[] }} Branch a token with its children */

/** Beyond this depth nothing is nested; far beyond it, the text is shown as written. */
const DEEP = 12, DEEPEST = 60
const LONGEST_LINK = 2048
/** A link ends at an emoji and at these, which end sentences and quotations in other scripts. hubbub/people/handles.py has the same. */
const STOP = "«»‹›‘’‚“”„…—―、。，．：；？！・「」『』（）［］｛｝【】〔〕〖〗《》〈〉\\u2600-\\u27bf\\u{1f000}-\\u{1faff}"
const LINK = new RegExp(`//(?:\\[[\\da-fA-F:.]{2,45}\\])?[^\\s<>"\`\\\\${STOP}]{0,2048}`, "uy")
const SCHEME = /(?<![A-Za-z0-9])https?:$/i
const BEFORE_NAME = /[A-Za-z0-9/&]$|[A-Za-z0-9]_$/
const MENTION = /[@＠]([A-Za-z0-9][A-Za-z0-9._-]{1,31})(?![A-Za-z0-9._-])/y
const ROOM = /#([\p{L}\p{N}][\p{L}\p{M}\p{N}\u200c\u200d._-]{0,79})/uy
const SYMBOL = /\$([A-Za-z0-9^][A-Za-z0-9._/^=:-]{0,63})(?![A-Za-z0-9$])/y
const EMOJI = /^(?:[\p{ExtPict}\p{EMod}\p{RI}\u200d\ufe0f\u{e0030}-\u{e007f}]|[0-9#*]\ufe0f?\u20e3|\s){1,40}$/u

/** @param {string} text @returns {string} the web or e-mail address, or nothing */
function addressOf(text) {
  const url = text.length <= LONGEST_LINK && URL.canParse(text) ? new URL(text) : null
  if (url?.protocol === "mailto:") return url.href
  return url && /^https?:$/.test(url.protocol) && url.hostname ? url.href : ""
}

/** @param {string} link without the punctuation of the sentence around it, and without a bracket that it does not open */
function trimmed(link) {
  let depth = 0
  for (let at = 0; at < link.length; at++) {
    if (link[at] === "[") depth++
    else if (link[at] === "]" && depth-- === 0) link = link.slice(0, at)
  }
  let end = link.length, unopened = link.split(")").length - link.split("(").length
  for (; end > 0; end--) {
    const last = link[end - 1]
    if (last === ")" && unopened-- > 0) continue
    if (!/[.,;:!?'*_~|}]/.test(last)) break
  }
  return link.slice(0, end)
}

/** Match `pattern` exactly at `pos`. @param {RegExp} pattern @param {string} text @param {number} pos */
function matchAt(pattern, text, pos) {
  pattern.lastIndex = pos
  return pattern.exec(text)
}

/** @param {any} state @param {boolean} silent @returns {boolean} whether this colon is part of a web link */
function link(state, silent) {
  if (state.linkLevel > 0 || state.src[state.pos] !== ":") return false
  const scheme = SCHEME.exec(state.src.slice(Math.max(0, state.pos - 6), state.pos + 1))
  const found = scheme && matchAt(LINK, state.src, state.pos + 1)
  if (!scheme || !found) return false
  const text = trimmed(scheme[0] + found[0].slice(0, state.posMax - state.pos - 1)), href = addressOf(text)
  if (!href || text.length <= scheme[0].length) return false
  if (!silent) {
    state.pending = state.pending.slice(0, 1 - scheme[0].length)
    state.push("link_open", "a", 1).attrs = [["href", href]]
    state.push("text", "", 0).content = text
    state.push("link_close", "a", -1)
  }
  state.pos += text.length - scheme[0].length + 1
  return true
}

/**
 * Create a rule for a name after a sign. With `whole`, the name keeps the punctuation at its end: a handle may end with it.
 * @param {string} type @param {string} signs @param {RegExp} pattern
 */
function named(type, signs, pattern, whole = false) {
  return (/** @type {any} */ state, /** @type {boolean} */ silent) => {
    if (!signs.includes(state.src[state.pos]) || BEFORE_NAME.test(state.src.slice(Math.max(0, state.pos - 2), state.pos))) return false
    const found = matchAt(pattern, state.src, state.pos)
    const name = whole ? found?.[1] : found?.[1].replace(/[^\p{L}\p{M}\p{N}]+$/u, "")
    if (!name || state.pos + name.length >= state.posMax) return false
    if (!silent) state.push(type, "", 0).content = name
    state.pos += name.length + 1
    return true
  }
}

const TEXT_END = /[\n!#$%&*+\-:<=>@[\\\]^_`{}~＠]/g

/** Skip text up to the next character that may mean something: markdown-it's own rule, with ＠. @param {any} state @param {boolean} silent */
function text(state, silent) {
  TEXT_END.lastIndex = state.pos
  const end = Math.min(TEXT_END.exec(state.src)?.index ?? state.posMax, state.posMax)
  if (end === state.pos) return false
  if (!silent) state.pending += state.src.slice(state.pos, end)
  state.pos = end
  return true
}

const parser = new MarkdownIt({ html: false, breaks: true, linkify: false, maxNesting: DEEPEST })
parser.disable(["code", "reference", "lheading", "html_block", "html_inline", "linkify", "replacements", "smartquotes"])
parser.normalizeLink = addressOf
parser.validateLink = address => address !== ""
parser.inline.ruler.at("text", text)
parser.inline.State = /** @type {any} */ (besideCjk(parser.inline.State))
parser.inline.ruler.before("newline", "web", link)
parser.inline.ruler.before("newline", "mention", named("mention", "@＠", MENTION, true))
parser.inline.ruler.before("newline", "room", named("room", "#", ROOM))
parser.inline.ruler.before("newline", "symbol", named("symbol", "$", SYMBOL))

/** @param {Token[]} tokens @returns {Branch[]} */
function nested(tokens) {
  /** @type {Branch} */
  const root = { token: tokens[0], children: [] }
  const open = [root]
  let beyond = 0
  for (const token of tokens) {
    if (token.nesting < 0) {
      if (beyond) beyond--
      else if (open.length > 1) open.pop()
      continue
    }
    if (token.nesting > 0 && open.length > DEEP) { beyond++; continue }
    if (token.type === "image") token.content = written(token)
    const branch = { token, children: token.type === "inline" ? nested(token.children ?? []) : [] }
    open[open.length - 1].children.push(branch)
    if (token.nesting > 0) open.push(branch)
  }
  return root.children
}

/** Return a text as written, without any formatting. @param {string} text @returns {Branch[]} */
function plain(text) {
  const token = /** @type {any} */ ({ type: "text", content: text, nesting: 0 })
  const paragraph = /** @type {any} */ ({ type: "paragraph_open", tag: "p", nesting: 1 })
  return [{ token: paragraph, children: [{ token, children: [] }] }]
}

const MAX_PARSED = 300
/** The texts parsed last, the oldest first. @type {Map<string, Branch[]>} */
const parsed = new Map()

/** Parse a text; the result is shared. @param {string} text @returns {Branch[]} */
export function parse(text) {
  const tree = parsed.get(text) ?? treeOf(text)
  parsed.delete(text)
  parsed.set(text, tree)
  if (parsed.size > MAX_PARSED) parsed.delete(parsed.keys().next().value ?? "")
  return tree
}

/** @param {string} text @returns {Branch[]} */
function treeOf(text) {
  const tokens = parser.parse(text, {})
  if (tokens.some(({ level }) => level >= DEEPEST - 2)) return plain(text)
  return nested(tokens)
}

/** @type {Record<string, string>} */
const SIGNS = { mention: "@", room: "#", symbol: "$" }

/** Return what a token of a line says without formatting. @param {Token} token @returns {string} */
function written({ type, content, children }) {
  if (type === "image") return (children ?? []).map(written).join("")
  return /break$/.test(type) ? " " : (SIGNS[type] ?? "") + (content ?? "")
}

/** Return the words of a text without formatting, in one line. @param {string} text @param {number} [most] */
export function excerpt(text, most = 200) {
  /** @type {string[]} */
  const words = []
  /** @param {Branch[]} branches */
  const walk = branches => branches.forEach(({ token, children }) => {
    if (token.type !== "inline") words.push(written(token))
    walk(children)
    if (/^(paragraph|list_item|heading|t[dh])_open$/.test(token.type)) words.push(" ")
  })
  walk(parse(text.slice(0, 2 * most)))
  const line = words.join("").replace(/\s+/g, " ").trim()
  return line.length > most ? `${line.slice(0, most - 1)}…` : line
}

/**
 * Return whom a handle means; punctuation at its end belongs to the sentence, unless there is a handle that ends with it.
 * @param {string} name @param {(handle: string) => number | undefined} idOf
 */
export function resolved(name, idOf) {
  for (const handle of [name, name.replace(/[._-]+$/, "")]) {
    const id = idOf(handle.toLowerCase())
    if (id !== undefined) return { handle, id, rest: name.slice(handle.length) }
  }
  return null
}

/** @param {string} text @returns {boolean} whether it consists of a few emoji only */
export function isEmojiOnly(text) {
  return EMOJI.test(text) && [...text.matchAll(/\p{ExtPict}|\p{RI}/gu)].length <= 12
}

/** Whether this text ends inside an open code fence. @param {string} text */
export function inFence(text) {
  let open = ""
  for (const [, fence] of text.matchAll(/^ {0,3}(`{3,}|~{3,})/gm)) {
    if (!open) open = fence
    else if (fence[0] === open[0] && fence.length >= open.length) open = ""
  }
  return open !== ""
}

// A message's text as elements, never as HTML: what markdown.js parsed, with people's names and links to rooms.
import { Part } from "../../web/static/guard.js"
import { html, inlines } from "../../web/static/shell.js"
import { pathOf } from "../../web/static/boot.js"
import { h } from "../../web/static/vendor/preact.js"
import { CodeBlock } from "./code-block.js"
import { isEmojiOnly, parse } from "./markdown.js"
import { Mention, RoomLink } from "./mention.js"
import { listItem } from "./task-item.js"

/** @typedef {import("./markdown.js").Branch} Branch */
/** @typedef {Record<string, number>} Mentions */
const PLAIN = new Set(["p", "strong", "em", "s", "ul", "blockquote", "thead", "tbody", "tr", "hr"])

/** @param {Branch} branch @param {(branches: Branch[]) => any[]} inside */
function cell({ token, children }, inside) {
  const side = /left|center|right/.exec(String(token.attrGet("style") ?? ""))?.[0]
  return h(token.tag, { class: side }, inside(children))
}

/** Whether an address is a page of this server, which opens in this tab. @param {string} href */
function isPage(href) {
  const { origin, pathname } = new URL(href), path = location.origin !== origin ? "" : pathOf(pathname)
  return path !== "" && !/^\/(files|api|s)\//.test(path)
}

/** @param {any} href @param {any} words */
function anchor(href, words) {
  if (isPage(String(href))) return html`<a href=${href}>${words}</a>`
  return html`<a href=${href} target="_blank" rel="noopener noreferrer">${words}</a>`
}

/** @param {string} text @param {Split} [split] */
function marked(text, split) { return split ? split(text).map((part, index) => index % 2 ? h("mark", null, part) : part) : text }

/** @typedef {Record<string, { value: number, at: number }>} Quotes */
/**
 * The people behind handles, the values of symbols, what to highlight; and for a document whether it has headings, and what ticks a task.
 * @typedef {{ mentions?: Mentions, quotes?: Quotes, split?: Split, headings?: boolean, tick?: (line: number) => void }} Options
 */
/** @typedef {(text: string) => string[]} Split into parts, of which every second one is highlighted */
/** @type {Record<string, (branch: Branch, inside: (branches: Branch[]) => any[], how: Options) => any>} */
const RENDERERS = {
  text: ({ token }, _, { split }) => marked(token.content, split),
  inline: ({ children }, inside) => inside(children),
  softbreak: () => "\n",
  hardbreak: () => "\n",
  code_inline: ({ token }, _, { split }) => h("code", null, marked(token.content, split)),
  fence: ({ token }, _, { split }) => html`<${CodeBlock} language=${token.info.trim().split(/\s/)[0]} text=${token.content} marked=${split && marked(token.content.trimEnd(), split)} />`,
  link_open: ({ token, children }, inside) => anchor(token.attrGet("href"), inside(children)),
  image: ({ token }) => anchor(token.attrGet("src"), token.content || token.attrGet("src")),
  mention: ({ token }, _, { mentions }) => html`<${Mention} name=${token.content} mentions=${mentions} />`,
  room: ({ token }) => html`<${RoomLink} name=${token.content} />`,
  symbol: ({ token: { content: name } }, _, { quotes }) => {
    const Symbol = inlines.get("symbol"), stamp = quotes?.[name]
    return Symbol && stamp ? html`<${Part} of=${Symbol} props=${{ name, ...stamp }} fallback=${`$${name}`} />` : `$${name}`
  },
  heading_open: ({ token, children }, inside, { headings }) => h(headings ? `h${Math.min(6, Number(token.tag[1]) + 1)}` : "p", { class: `heading ${token.tag}` }, inside(children)),
  ordered_list_open: ({ token, children }, inside) => h("ol", { start: token.attrGet("start") ?? undefined }, inside(children)),
  list_item_open: listItem,
  th_open: cell,
  td_open: cell,
  table_open: ({ children }, inside) => html`<div class="table" tabindex="0"><table>${inside(children)}</table></div>`,
}

/** Return what draws branches of a tree. @param {Options} how */
export function renderer(how) {
  /** @param {Branch[]} branches @returns {any[]} */
  const inside = branches => branches.map(branch => {
    const { token, children } = branch, draw = RENDERERS[token.type]
    if (draw) return draw(branch, inside, how)
    return PLAIN.has(token.tag) ? h(token.tag, null, inside(children)) : inside(children)
  })
  return inside
}

/** @param {{ text: string, mentions?: Mentions, quotes?: Quotes, split?: Split, after?: any }} props */
export function Prose({ text, mentions, quotes, split, after }) {
  const classes = isEmojiOnly(text) ? "prose emoji" : "prose", tree = parse(text), last = tree[tree.length - 1]
  const inside = renderer({ mentions, quotes, split })
  if (last?.token.type !== "paragraph_open") return html`<div class=${classes} dir="auto">${inside(tree)}${after}</div>`
  return html`<div class=${classes} dir="auto">${inside(tree.slice(0, -1))}<p>${inside(last.children)}${after}</p></div>`
}

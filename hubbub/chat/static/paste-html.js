// Pasted HTML as Markdown. It is read tag by tag and never becomes part of the page, so nothing in it can run.

/** @typedef {{ name: string, mark?: string, href?: string, cells?: string[], start: number }} Open an element: where its text starts in the result */

const TOKEN = /<!--[\s\S]*?-->|<(\/?)([a-z][\w:-]*)((?:\s+[^\s=>"'/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']*))?|\s*\/)*)\s*>|[^<]+|</gi
/** @type {Record<string, string>} */
const MARKS = { b: "**", strong: "**", i: "_", em: "_", s: "~~", del: "~~", strike: "~~", code: "`" }
/** @type {Record<string, string>} */
const NAMED = { amp: "&", lt: "<", gt: ">", quot: "\"", apos: "'", nbsp: " ", ndash: "–", mdash: "—", hellip: "…", rsquo: "’", lsquo: "‘", ldquo: "“", rdquo: "”", bull: "•" }
const BLOCKS = /^(p|div|section|article|header|footer|ul|ol|table|h[1-6]|pre|blockquote|dl|dd|dt|figure|hr)$/, SKIPPED = /^(style|script|head|title|template|svg|button|select)$/
const VOID = /^(br|hr|img|meta|link|input|col|wbr)$/

/** @param {string} text */
function decoded(text) {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, number, hex, name) => {
    const code = number ? Number(number) : hex ? parseInt(hex, 16) : 0
    return code ? code <= 0x10ffff ? String.fromCodePoint(code) : "" : NAMED[name] ?? whole
  })
}

/** @param {string} attributes @param {string} name */
function attribute(attributes, name) {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>"']*))`, "i").exec(attributes)
  return decoded(found?.[1] ?? found?.[2] ?? found?.[3] ?? "")
}

/** Whether pasted HTML has more to it than its text. @param {string} html */
export function isFormatted(html) { return /<(a\s[^>]*href|strong|em|h[1-6]|li|table|pre|code|blockquote|del|s>|b[\s>]|i[\s>])/i.test(html) }

/** Return the Markdown of pasted HTML. @param {string} html @returns {string} */
export function markdownOf(html) {
  const reader = new Reader()
  for (const [token, slash, name, attributes = ""] of html.matchAll(TOKEN)) {
    if (!name) { if (!token.startsWith("<!--")) reader.text(decoded(token)) }
    else if (slash) reader.close(name.toLowerCase())
    else reader.open(name.toLowerCase(), attributes)
  }
  return reader.result.replace(/[ \t]+\n/g, "\n").replace(/\n{3,}/g, "\n\n").trim()
}

class Reader {
  result = ""
  /** @type {Open[]} */
  elements = []
  /** @type {Array<{ count: number }>} the open lists; without a count, they are not numbered */
  lists = []
  skipped = 0

  /** @param {string} name */
  isIn(name) { return this.elements.some(one => one.name === name) }

  /** @param {string} text */
  text(text) {
    if (this.skipped) return
    if (this.isIn("pre")) { this.result += text; return }
    const words = text.replace(/\s+/g, " ")
    this.result += /(^|\s)$/.test(this.result) ? words.trimStart() : words
  }

  /** End the line, or the paragraph. @param {number} [lines] */
  feed(lines = 2) {
    if (!this.result) return
    if (this.isIn("td") || this.isIn("th")) { this.result += " "; return }
    const ends = /\n*$/.exec(this.result.replace(/ +$/, ""))?.[0].length ?? 0, wanted = this.lists.length ? 1 : lines
    if (ends < wanted) this.result += "\n".repeat(wanted - ends)
  }

  /** @param {string} name @param {string} attributes */
  open(name, attributes) {
    if (SKIPPED.test(name)) { this.skipped++; return }
    if (this.skipped) return
    if (name === "br") this.result += this.isIn("td") || this.isIn("th") ? " " : "\n"
    else if (name === "img") this.text(attribute(attributes, "alt"))
    else if (BLOCKS.test(name)) this.feed()
    if (VOID.test(name)) { if (name === "hr") this.result += "---\n\n"; return }
    /** @type {Open} */
    const element = { name, start: this.result.length }
    if (name === "ul" || name === "ol") this.lists.push({ count: name === "ol" ? Number(attribute(attributes, "start")) || 1 : 0 })
    else if (name === "li") this.item()
    else if (/^h[1-6]$/.test(name)) this.result += `${"#".repeat(Number(name[1]))} `
    else if (name === "pre") this.result += "```\n"
    else if (name === "tr") element.cells = []
    const isPlain = /font-weight:\s*(normal|400)/i.test(attributes) || this.isIn("pre")
    if (MARKS[name] && !isPlain) element.mark = MARKS[name]
    if (name === "a") element.href = attribute(attributes, "href")
    this.elements.push({ ...element, start: this.result.length })
  }

  item() {
    const list = this.lists.at(-1) ?? { count: 0 }
    this.feed(1)
    this.result += `${"  ".repeat(Math.max(0, this.lists.length - 1))}${list.count ? `${list.count++}.` : "-"} `
  }

  /** @param {string} name */
  close(name) {
    if (SKIPPED.test(name)) { this.skipped = Math.max(0, this.skipped - 1); return }
    const at = this.elements.findLastIndex(one => one.name === name)
    if (this.skipped || at < 0) return
    const [element] = this.elements.splice(at, 1), inside = this.result.slice(element.start)
    if (name === "ul" || name === "ol") this.lists.pop()
    if (element.mark) this.wrap(element, inside, element.mark, element.mark)
    else if (/^https?:|^mailto:/.test(element.href ?? "") && inside.trim() !== element.href) this.wrap(element, inside, "[", `](${element.href})`)
    else if (name === "blockquote") this.result = this.result.slice(0, element.start) + inside.trim().replace(/^/gm, "> ")
    else if (name === "pre") this.result = `${this.result.trimEnd()}\n\`\`\``
    else if (name === "td" || name === "th") this.cell(element, inside)
    else if (name === "tr") this.row(element)
    if (BLOCKS.test(name)) this.feed()
  }

  /** Put marks around the text of an element, but not around spaces at its ends. @param {Open} element @param {string} inside @param {string} before @param {string} after */
  wrap({ start }, inside, before, after) {
    const words = inside.trim(), [lead, trail] = [/^\s*/, /\s*$/].map(pattern => pattern.exec(inside)?.[0] ?? "")
    if (words && !(words.includes("\n\n"))) this.result = `${this.result.slice(0, start)}${lead}${before}${words}${after}${trail}`
  }

  /** @param {Open} element @param {string} inside */
  cell({ start }, inside) {
    this.result = this.result.slice(0, start)
    this.elements.findLast(({ name }) => name === "tr")?.cells?.push(inside.trim().replace(/\s+/g, " ").replaceAll("|", "\\|"))
  }

  /** @param {Open} element */
  row({ cells = [] }) {
    const isFirst = !/\|\n$/.test(this.result)
    this.result = `${this.result.trimEnd()}${isFirst ? this.result.trim() ? "\n\n" : "" : "\n"}| ${cells.join(" | ")} |\n${isFirst ? `|${" --- |".repeat(cells.length)}\n` : ""}`
  }
}

// CommonMark's own examples, parsed like messages: they differ where tests/data/commonmark.json says why, and nowhere else.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import spec from "commonmark-spec"
import { parse } from "../../hubbub/chat/static/markdown.js"

const { differences } = JSON.parse(readFileSync(new URL("../data/commonmark.json", import.meta.url), "utf8"))
/** Only web addresses are links, so the relative ones of the examples get a server. */
const absolute = text => text.replace(/(?<=[(<"])\/(?=ur[il]\d?\b)/g, "https://x.example/")
const escaped = text => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;")

/** What the page draws, as HTML. */
function html({ token, children }) {
  const { type, tag, content, info, hidden } = token, inside = () => children.map(html).join("")
  const attribute = name => token.attrGet(name) === null ? "" : ` ${name}="${escaped(token.attrGet(name))}"`
  if (type === "inline") return inside()
  if (type === "softbreak") return "\n"
  if (type === "hardbreak") return "<br />\n"
  if (type === "hr") return "<hr />\n"
  if (type === "fence") return `<pre><code${info.trim() && ` class="language-${escaped(info.trim().split(/\s/)[0])}"`}>${escaped(content)}</code></pre>\n`
  if (type === "code_inline") return `<code>${escaped(content)}</code>`
  if (type === "image") return `<img${attribute("src")} alt="${escaped(content)}"${attribute("title")} />`
  if (type === "mention") return `@${content}`
  if (type === "room") return `#${content}`
  if (type === "symbol") return `$${content}`
  if (token.nesting === 0) return escaped(content)
  if (hidden) return `${inside()}\n`
  return `<${tag}${["href", "title", "start"].map(attribute).join("")}>${inside()}</${tag}>`
}

/** HTML without the white space between blocks, which means nothing. */
const normal = text => text.replace(/\s*(<\/?(?:p|h\d|ul|ol|li|blockquote|pre|hr|table|thead|tbody|tr|th|td)\b[^>]*>)\s*/g, "$1").trim()

test("messages follow CommonMark's specification, except for the listed differences", () => {
  const deliberate = new Set(differences.filter(({ only }) => only !== "server").flatMap(({ examples }) => examples))
  const different = spec.tests.filter(({ markdown, html: expected }) => {
    const text = absolute(markdown.replaceAll("→", "\t"))
    return normal(parse(text).map(html).join("")) !== normal(absolute(expected.replaceAll("→", "\t")))
  }).map(({ number }) => number)
  assert.equal(spec.tests.length, 652)
  assert.deepEqual(different.filter(number => !deliberate.has(number)), [], "not listed")
  assert.deepEqual([...deliberate].filter(number => !different.includes(number)), [], "not different any more")
})

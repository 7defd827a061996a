// Pasted HTML becomes Markdown, and a selection is formatted.
import assert from "node:assert/strict"
import { test } from "node:test"
import { formatted } from "../../hubbub/chat/static/format-text.js"
import { isFormatted, markdownOf } from "../../hubbub/chat/static/paste-html.js"

test("pasted HTML becomes Markdown", () => {
  for (const [html, markdown] of [
    ["<meta charset='utf-8'><p>one <b>bold </b>and <i>slanted</i></p><p>two<br>lines</p>", "one **bold** and _slanted_\n\ntwo\nlines"],
    ["see <a href=\"https://a.org/?a=1&amp;b=2\">the page</a>, <a href=\"https://a.org\">https://a.org</a> or <a href=\"javascript:x\">this</a>", "see [the page](https://a.org/?a=1&b=2), https://a.org or this"],
    ["<ul>\n<li>one</li>\n<li>two<ol><li>deep</li><li>er</li></ol></li></ul>after", "- one\n- two\n  1. deep\n  2. er\n\nafter"],
    ["<h2>Title</h2><blockquote><p>said</p></blockquote><p>then</p>", "## Title\n\n> said\n\nthen"],
    ["<pre><code>if a &lt; b:\n    <b>c</b>()\n</code></pre>done", "```\nif a < b:\n    c()\n```\n\ndone"],
    ["<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1 | 2</td><td><p>x</p><p>y</p></td></tr></tbody></table>", "| a | b |\n| --- | --- |\n| 1 \\| 2 | x y |"],
    ["<b style=\"font-weight:normal\" id=\"docs-internal\"><span>from a document</span></b>", "from a document"],
    ["<style>p { color: red }</style><script>alert(1)</script><p>safe &lt;img&gt; &#128512;</p>", "safe <img> 😀"],
    ["a < b and unclosed <b>bold", "a < b and unclosed bold"],
  ]) assert.equal(markdownOf(html), markdown, html)
})

test("HTML that is only text stays as it was copied", () => {
  assert.equal(isFormatted("<meta charset=\"utf-8\"><span style=\"color: red\">plain</span><body><br><input>"), false)
  assert.equal(isFormatted("<p>a <strong>word</strong></p>"), true)
})

test("formatting changes the selection and says what is selected then", () => {
  const apply = (format, text) => {
    const from = text.indexOf("["), to = text.indexOf("]") - 1, bare = text.replace(/[[\]]/g, "")
    const change = formatted(format, bare, from, to), after = bare.slice(0, change.from) + change.insert + bare.slice(change.to)
    return `${after.slice(0, change.select[0])}‹${after.slice(...change.select)}›${after.slice(change.select[1])}`
  }
  assert.equal(apply("bold", "so [good]"), "so **‹good›**")
  assert.equal(apply("link", "see [this]"), "see [this](‹https://›)")
  assert.equal(apply("link", "[https://a.org]"), "[‹›](https://a.org)")
  assert.equal(apply("list", "a\n[b\nc]\nd"), "a\n‹- b\n- c›\nd")
  assert.equal(apply("list", "[- b\n- c]"), "‹b\nc›")
  assert.equal(apply("quote", "on[]e"), "> one‹›")
  assert.equal(apply("block", "a [b] c"), "a \n```\n‹b›\n```\n c")
})

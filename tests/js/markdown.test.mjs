// Parsing messages: safe links, mentions, lists; no text is lost, and hostile input takes linear time.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { canonicalEmoji } from "../../hubbub/chat/static/emoji.js"
import { excerpt, inFence, isEmojiOnly, parse, resolved } from "../../hubbub/chat/static/markdown.js"

/** All tokens below these branches, in order. */
const all = branches => branches.flatMap(({ token, children }) => [token, ...all(children)])
const tokensOf = text => all(parse(text))
const linksIn = text => tokensOf(text).flatMap(token => token.attrs ?? []).filter(([name]) => /href|src/.test(name)).map(([, value]) => value)
const named = (text, type) => tokensOf(text).filter(token => token.type === type).map(({ content }) => content)
const wordsOf = text => tokensOf(text).filter(({ type }) => type !== "inline").map(({ type, content }) => /break/.test(type) ? "\n" : content ?? "").join("")

const CASES = JSON.parse(readFileSync(new URL("../data/texts.json", import.meta.url), "utf8"))

test("mentions, links and words are those of the table that the server passes too", () => {
  const handles = text => [...new Set(named(text, "mention").map(name => name.toLowerCase().replace(/[._-]+$/, "")))]
  for (const [text, expected] of CASES.mentions) assert.deepEqual(handles(text), expected, text)
  for (const [text, expected] of CASES.links) assert.deepEqual(linksIn(text), expected, text)
  for (const [text, expected] of CASES.plain) assert.equal(excerpt(text), expected, text)
})

test("spellings of an emoji are one, as on the server", () => {
  for (const [spelling, expected] of CASES.emoji) assert.equal(canonicalEmoji(spelling), expected, spelling)
})

test("a known handle wins over the punctuation that may belong to it", () => {
  for (const [text, known, expected] of CASES.known) {
    const [name] = named(text, "mention")
    assert.equal(resolved(name, handle => known[handle])?.handle ?? null, expected, text)
  }
})

test("web links are found without surrounding punctuation", () => {
  for (const [text, link] of [
    ["see https://a.org/x.", "https://a.org/x"],
    ["(http://a.org/b)", "http://a.org/b"],
    ["https://en.wikipedia.org/wiki/Log_(data), or", "https://en.wikipedia.org/wiki/Log_(data)"],
    ["why https://a.org/?q=1&r=2#s?!", "https://a.org/?q=1&r=2#s"],
    ["HTTPS://A.org", "https://a.org/"],
    ["**https://a.org/x**", "https://a.org/x"],
    ["[https://a.org](https://b.org)", "https://b.org/"],
    ["[words](https://b.org \"title\")", "https://b.org/"],
    ["![a picture](https://b.org/c.png)", "https://b.org/c.png"],
    ["<https://a.org/x>", "https://a.org/x"],
    ["<ann@a.org>", "mailto:ann@a.org"],
    ["[mail](mailto:ann@a.org)", "mailto:ann@a.org"],
  ]) assert.deepEqual(linksIn(text), [link], text)
})

test("nothing else becomes a link or markup, and no text is lost", () => {
  for (const text of ["javascript:alert(1)", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert)", "[x](data:text/html,x)", "[x](vbscript:x)",
    "[x](/relative)", "[x](//a.org)", "<javascript:alert(1)>", "![x](data:image/svg+xml,x)", "ftp://a.org", "https://", "http://[", "xhttps://a.org",
    "<b>bold</b>", "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "a &lt; b", "ann@a.org"]) {
    assert.deepEqual(linksIn(text), [], text)
    assert.equal(wordsOf(text), text.replace("&lt;", "<"), text)
  }
})

test("mentions and rooms are not found inside words, addresses or code", () => {
  assert.deepEqual(named("@ann, ask @bob.b. or @here! (@cleo)", "mention"), ["ann", "bob.b.", "here", "cleo"])
  assert.deepEqual(named("see #general-talk, #7.", "room"), ["general-talk", "7"])
  for (const text of ["a@b.c", "`@ann`", "https://a.org/@ann#top", "@", "@ ann", "\\@ann", "```\n@ann\n```", "# heading"]) {
    assert.deepEqual([...named(text, "mention"), ...named(text, "room")], [], text)
  }
})

test("line breaks are kept, and text that only resembles Markdown stays text", () => {
  for (const text of ["one\ntwo", "a  b   c", "    four spaces", "snake_case_name", "2 * 3 * 4", "1) maybe", "title\n=====", "#hash"]) {
    const words = tokensOf(text).filter(({ type }) => type === "text" || type === "room" || /break/.test(type))
    assert.equal(words.map(({ type, content }) => type === "room" ? `#${content}` : content || "\n").join(""), text === "1) maybe" ? "maybe" : text.trim(), text)
  }
})

test("an excerpt has the words without formatting", () => {
  assert.equal(excerpt("**bold** and `code`\n\n- one\n- two @ann"), "bold and code one two @ann")
  assert.equal(excerpt("```js\nlet a\n```"), "let a")
  assert.equal(excerpt("x".repeat(300), 10), `${"x".repeat(9)}…`)
})

test("an open code fence is detected", () => {
  for (const text of ["```", "```js\ncode", "~~~\n```\n", "````\n```\n"]) assert.ok(inFence(text), text)
  for (const text of ["", "``", "```\ncode\n```", "a ``` b", "```\n```\n"]) assert.ok(!inFence(text), text)
})

test("only messages of a few emoji are shown large", () => {
  for (const text of ["🎉", "👍🏽 🎉", "👩‍👩‍👧", "🇩🇪", "❤️", "1️⃣ #️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]) assert.ok(isEmojiOnly(text), text)
  for (const text of ["ok 🎉", "1", "#", "🎉".repeat(13), "a"]) assert.ok(!isEmojiOnly(text), text)
})

/** What parsers have choked on, `n` characters of it. */
const HOSTILE = {
  brackets: n => "[".repeat(n),
  "links in links": n => "[a](".repeat(n / 4),
  "empty links": n => "[](".repeat(n / 3),
  "pictures in pictures": n => "![".repeat(n / 2),
  "links that do not end": n => "![a](<b".repeat(n / 7),
  titles: n => "[a](b \"c".repeat(n / 8),
  asterisks: n => "*".repeat(n),
  "emphasis that opens": n => "*a ".repeat(n / 3),
  "emphasis that closes": n => "a*".repeat(n / 2),
  "mixed emphasis": n => "*a_ ".repeat(n / 4),
  underscores: n => "_a".repeat(n / 2),
  backticks: n => "`a".repeat(n / 2),
  "backticks of every length": n => Array.from({ length: Math.sqrt(2 * n) }, (_, i) => "`".repeat(i)).join("a"),
  fences: n => "```\n".repeat(n / 4),
  tildes: n => "~~a".repeat(n / 3),
  "quotes in quotes": n => ">".repeat(n),
  "lists in lists": n => "- ".repeat(n / 2),
  "lazy quotes": n => ">".repeat(40) + "a\n".repeat(n / 2),
  tables: n => "a|b\n-|-\n" + "|\n".repeat(n / 2),
  "wide tables": n => "|a".repeat(n / 4) + "\n" + "|-".repeat(n / 4),
  entities: n => "&a".repeat(n / 2),
  angles: n => "<a".repeat(n / 2),
  addresses: n => "http://".repeat(n / 7),
  "broken addresses": n => "http://[".repeat(n / 8),
  "brackets at an address": n => `http://a${"(".repeat(n / 2)}${")".repeat(n / 2)}`,
  mentions: n => "@a.".repeat(n / 3),
  rooms: n => "#".repeat(n),
  escapes: n => "\\".repeat(n),
  "empty lines": n => "\n".repeat(n),
  spaces: n => `${" ".repeat(n)}a`,
}

/** The shortest of a few runs, in milliseconds of this process, so that a busy machine makes no difference. */
function time(text) {
  const runs = Array.from({ length: 4 }, () => {
    const start = process.cpuUsage()
    parse(text)
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  })
  return Math.min(...runs)
}

for (const [name, make] of Object.entries(HOSTILE)) {
  test(`twice as many ${name} take about twice as long`, () => {
    const once = make(16_000), twice = make(32_000)
    time(once.slice(0, 2000))

    const [short, long] = [time(once), time(twice)]

    assert.ok(long <= 3.2 * short + 25, `${short.toFixed(1)} ms, then ${long.toFixed(1)} ms`)
    assert.ok(short < 400, `${short.toFixed(1)} ms`)
  })
}

test("text nested too deeply is shown as written", () => {
  for (const text of [`${">".repeat(200)} deep`, `${"- ".repeat(200)}deep`]) assert.equal(wordsOf(text), text)
  assert.ok(tokensOf(`${"*a **b ".repeat(500)}${"** *".repeat(500)}`).length > 0)
})

// The difference of two versions: nothing lost, in words, and readable.
import assert from "node:assert/strict"
import test from "node:test"

const { difference } = await import("../../hubbub/documents/static/difference.js")
const written = parts => parts.map(({ kind, text }) => ({ same: text, added: `[+${text}]`, removed: `[-${text}]` })[kind]).join("")
const without = (parts, kind) => parts.filter(part => part.kind !== kind).map(({ text }) => text).join("")

test("words that changed are marked, and the rest of the line is not", () => {
  assert.equal(written(difference("Ann brings tea on Monday.\nBob brings cake.\n", "Ann brings coffee on Monday.\nBob brings cake.\nand milk\n")),
    "Ann brings [-tea][+coffee] on Monday.\nBob brings cake.\n[+and milk\n]")
})

test("words next to each other that were replaced are one change, and an insertion is not torn apart", () => {
  assert.equal(written(difference("we meet on Monday morning at the usual place", "we meet on Friday evening at the usual place")),
    "we meet on [-Monday morning][+Friday evening] at the usual place")
  assert.equal(written(difference("we meet at noon", "we meet at the old mill at noon")), "we meet at [+the old mill at ]noon")
})

test("a passage that was written again is shown as a whole", () => {
  assert.equal(written(difference("the quick brown fox\n", "a lazy dog sleeps\n")), "[-the quick brown fox\n][+a lazy dog sleeps\n]")
})

test("both texts can be read from the difference, whatever changed", () => {
  const texts = ["", "a", "a\n\nb", "- [ ] tea\n- [x] milk", "日本語の文\nمرحبا بالعالم", "x".repeat(50) + "\n".repeat(40), "a b c d e f g\nh i j"]
  for (const before of texts) for (const after of texts) {
    const parts = difference(before, after)
    assert.equal(without(parts, "added"), before)
    assert.equal(without(parts, "removed"), after)
  }
})

test("two long texts without a line in common take a moment only", () => {
  const lines = word => Array.from({ length: 5000 }, (_, n) => `${word} ${n}`).join("\n")
  assert.deepEqual(difference(lines("old"), lines("new")).map(({ kind }) => kind), ["removed", "added"])
})

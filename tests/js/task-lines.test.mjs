// A tick in a document changes one character of its source, and only where the reader saw a task.
import assert from "node:assert/strict"
import test from "node:test"

const { ticked } = await import("../../hubbub/documents/static/task-lines.js")

test("a task is ticked and unticked where it stands", () => {
  const text = "# Plan\n- [ ] tea\n  1. [x] milk\n> - [X] quote"
  for (const [line, at, tick] of [[1, 10, "x"], [2, 23, " "], [3, 36, " "]]) {
    assert.deepEqual(ticked(text, line, text), { at, tick })
    assert.match(text[at], /[ xX]/)
  }
})

test("a line that is no task, or was edited since it was drawn, stays as it is", () => {
  assert.equal(ticked("- [ ]tea\n[ ] x\n- [y] z", 0, "- [ ]tea\n[ ] x\n- [y] z"), null)
  assert.equal(ticked("- [ ] a\n- [ ] b", 0, "- [ ] b"), null)
  assert.equal(ticked("", 4, ""), null)
})

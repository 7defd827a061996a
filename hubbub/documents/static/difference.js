// The difference between two texts, word by word, as a reader would mark it.

/** @typedef {{ kind: "same" | "added" | "removed", text: string }} Part */

const LARGEST = 4_000_000 // pairs of tokens that are compared; more are shown as replaced
const WORDS = /[\p{L}\p{M}\p{N}_]+|./gsu
const ALIKE = .3 // the share of common letters below which a passage counts as rewritten

/**
 * Return both lists as runs of what is the same, removed and added, in order.
 * @param {string[]} a @param {string[]} b @returns {Array<{ same: string[] } | { removed: string[], added: string[] }>}
 */
function runs(a, b) {
  let head = 0, tail = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  const removed = a.slice(head, a.length - tail), added = b.slice(head, b.length - tail)
  const between = removed.length * added.length > LARGEST ? [{ removed, added }] : aligned(removed, added)
  return [{ same: a.slice(0, head) }, ...between, { same: a.slice(a.length - tail) }]
}

/** The same by the longest common subsequence. @param {string[]} a @param {string[]} b */
function aligned(a, b) {
  const width = b.length + 1, length = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i * width + j] = a[i] === b[j] ? length[(i + 1) * width + j + 1] + 1 : Math.max(length[(i + 1) * width + j], length[i * width + j + 1])
    }
  }
  /** @type {ReturnType<typeof runs>} */
  const found = []
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const last = found[found.length - 1]
    if (i < a.length && j < b.length && a[i] === b[j]) {
      if (last && "same" in last) last.same.push(a[i])
      else found.push({ same: [a[i]] })
      i++
      j++
      continue
    }
    const change = last && "removed" in last ? last : { removed: /** @type {string[]} */ ([]), added: /** @type {string[]} */ ([]) }
    if (change !== last) found.push(change)
    if (j >= b.length || i < a.length && length[(i + 1) * width + j] >= length[i * width + j + 1]) change.removed.push(a[i++])
    else change.added.push(b[j++])
  }
  return found
}

/** @param {string} text */
const letters = text => text.replace(/[^\p{L}\p{M}\p{N}]+/gu, "").length

/** A passage that changed, word by word; as a whole if little of it is the same. @param {string} before @param {string} after @returns {Part[]} */
function passage(before, after) {
  const found = before && after ? runs(before.match(WORDS) ?? [], after.match(WORDS) ?? []) : []
  const common = found.reduce((sum, run) => sum + ("same" in run ? letters(run.same.join("")) : 0), 0)
  if (common < ALIKE * Math.max(1, letters(before), letters(after))) return changed(before, after)
  return found.reduce(bridged, []).flatMap(run => "same" in run ? [{ kind: /** @type {const} */ ("same"), text: run.same.join("") }] : changed(run.removed.join(""), run.added.join("")))
}

/** Join replacements that have only a space or a punctuation mark between them. @param {ReturnType<typeof runs>} list @param {ReturnType<typeof runs>[number]} next */
function bridged(list, next) {
  const [before, between] = list.slice(-2)
  const isOne = before && between && "removed" in before && "same" in between && "removed" in next && between.same.length < 3 && !letters(between.same.join(""))
  if (!isOne || ![before, next].every(({ removed, added }) => removed.length && added.length)) return [...list, next]
  return [...list.slice(0, -2), { removed: [...before.removed, ...between.same, ...next.removed], added: [...before.added, ...between.same, ...next.added] }]
}

/** @param {string} removed @param {string} added @returns {Part[]} */
const changed = (removed, added) => [{ kind: "removed", text: removed }, { kind: "added", text: added }]

/** @param {string} before @param {string} after @returns {Part[]} */
export function difference(before, after) {
  const lines = (/** @type {string} */ text) => text.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const parts = runs(lines(before), lines(after)).flatMap(run => "same" in run ? [{ kind: /** @type {const} */ ("same"), text: run.same.join("") }] : passage(run.removed.join(""), run.added.join("")))
  return parts.filter(({ text }) => text).reduce(joined, [])
}

/** Join a part with the one before it, if that is of the same kind. @param {Part[]} parts @param {Part} next @returns {Part[]} */
function joined(parts, next) {
  const last = parts[parts.length - 1]
  if (last?.kind === next.kind) return [...parts.slice(0, -1), { kind: next.kind, text: last.text + next.text }]
  return [...parts, next]
}

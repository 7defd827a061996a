// Emphasis beside Chinese, Japanese and Korean text, which has no spaces: `**注意：**正文` is bold.
// CommonMark's amendment for CJK (https://github.com/tats-u/markdown-cjk-friendly): such a letter counts like a space.

const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u

/** Return markdown-it's inline state with the amendment. @param {any} State */
export function besideCjk(State) {
  return class extends State {
    /** @param {number} start @param {boolean} canSplitWord true for `*` and `~`, false for `_` */
    scanDelims(start, canSplitWord) {
      const found = super.scanDelims(start, canSplitWord), end = start + found.length
      const before = this.src[start - 1] ?? " ", after = end < this.posMax ? this.src[end] : " "
      if (canSplitWord && CJK.test(before) && !/\s/.test(after)) found.can_open = true
      if (canSplitWord && CJK.test(after) && !/\s/.test(before)) found.can_close = true
      return found
    }
  }
}

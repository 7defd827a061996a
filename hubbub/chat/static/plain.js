// A message's text as tokens: words and safe links; Markdown comes later, through the same door.

/** @typedef {{ text: string, href?: string }} Token */

const LINK = /\bhttps?:\/\/[^\s<>"]+/gi
const EMOJI = /^(?:[\p{Extended_Pictographic}\u200d\ufe0f\u{1f3fb}-\u{1f3ff}\u{1f1e6}-\u{1f1ff}]|\s){1,40}$/u

/** @param {string} link without the marks that belong to the sentence around it */
function trimmed(link) {
  let end = link.length
  for (; end > 0; end--) {
    const last = link[end - 1], part = link.slice(0, end)
    const unopened = last === ")" && part.split(")").length > part.split("(").length
    if (!/[.,;:!?'*_\]}]/.test(last) && !unopened) break
  }
  return link.slice(0, end)
}

/** @param {string} text @returns {string | undefined} its address, where it is one of the web */
function addressOf(text) {
  const url = URL.canParse(text) ? new URL(text) : null
  return url && /^https?:$/.test(url.protocol) && url.hostname ? url.href : undefined
}

/** @param {string} text @returns {Token[]} */
export function tokens(text) {
  /** @type {Token[]} */
  const found = []
  let from = 0
  for (const { 0: match, index } of text.matchAll(LINK)) {
    const link = trimmed(match), href = addressOf(link)
    if (!href) continue
    if (index > from) found.push({ text: text.slice(from, index) })
    found.push({ text: link, href })
    from = index + link.length
  }
  if (from < text.length) found.push({ text: text.slice(from) })
  return found
}

/** @param {string} text @returns {boolean} whether it is a few emoji and nothing else */
export function isEmojiOnly(text) {
  return EMOJI.test(text) && [...text.matchAll(/\p{Extended_Pictographic}|[\u{1f1e6}-\u{1f1ff}]/gu)].length <= 12
}

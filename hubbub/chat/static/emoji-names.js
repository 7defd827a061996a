// All emoji by group, loaded on first use, and search by name.
import { fold, matchScore } from "../../web/static/strings.js"
import { signal } from "../../web/static/vendor/preact.js"

/**
 * `labels` are in the page's language and in English.
 * @typedef {{ picture: string, label: string, labels: string[], names: string[] }} Emoji
 */

/** By group: smileys, people, nature, food … @type {import("../../web/static/vendor/preact.js").Signal<Emoji[][]>} */
export const groups = signal([])
let fetching = false
/** The names of emoji in other languages. @type {Record<string, () => Promise<{ NAMES: string[] }>>} */
const TRANSLATED = { de: () => import("../../web/static/vendor/emoji-de.js") }

/** Return all emoji, or none while they are loading. */
export function allEmoji() {
  if (!fetching) {
    fetching = true
    Promise.all([import("../../web/static/vendor/emoji.js"), TRANSLATED[document.documentElement.lang]?.()])
      .then(([{ EMOJI }, own]) => { groups.value = EMOJI.map((group, index) => parse(group, own?.NAMES[index])) }, () => { fetching = false })
  }
  return groups.value
}

/** @param {string} group @param {string} [translated] the same group in the page's language @returns {Emoji[]} */
function parse(group, translated) {
  const own = translated?.split("|")
  return group.split("|").map((line, index) => {
    const [picture, english, names] = line.split(","), [label = "", tags = ""] = own?.[index].split(",") ?? []
    return { picture, label: label || english, labels: [label, english].filter(Boolean), names: `${names} ${tags}`.trim().split(" ") }
  })
}

/** Return the best matches. @param {string} word @param {number} most @returns {Emoji[]} */
export function findEmoji(word, most) {
  const label = fold(word), name = label.replace(/[\s-]+/g, "_")
  return allEmoji().flat().map((one, order) => ({ one, order, fit: Math.min(matchScore(name, one.names), matchScore(label, one.labels)) }))
    .filter(({ fit }) => fit < Infinity).sort((a, b) => a.fit - b.fit || a.order - b.order).slice(0, most).map(({ one }) => one)
}

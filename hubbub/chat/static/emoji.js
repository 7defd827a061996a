// All emoji by group, loaded on first use, search by name, and the request to pick one.
import { fold, matchScore } from "../../web/static/strings.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {{ picture: string, label: string, names: string[] }} Emoji */
/** @typedef {{ anchor: HTMLElement, done: (picture: string) => void }} Request */

/** The open emoji picker. @type {import("../../web/static/vendor/preact.js").Signal<Request | null>} */
export const openedPicker = signal(null)

/**
 * Let the user pick an emoji.
 * @param {HTMLElement} anchor next to which it opens @param {(picture: string) => void} done
 */
export function pickEmoji(anchor, done) { openedPicker.value = { anchor, done } }

/** Return the spelling that hubbub/chat/emoji.py stores. @param {string} picture */
export function canonicalEmoji(picture) {
  return picture.replace(/[\ufe0e\ufe0f]/g, "").replace(/(?=\p{ExtPict})(?!\p{EPres})\p{Emoji}(?!\p{EMod})|^.(?=\u20e3)/gu, "$&\ufe0f")
}

/** By group: smileys, people, nature, food … @type {import("../../web/static/vendor/preact.js").Signal<Emoji[][]>} */
export const groups = signal([])
let fetching = false

/** Return all emoji, or none while they are loading. */
export function allEmoji() {
  if (!fetching) {
    fetching = true
    import("../../web/static/vendor/emoji.js").then(({ EMOJI }) => { groups.value = EMOJI.map(parse) }, () => { fetching = false })
  }
  return groups.value
}

/** @param {string} group */
function parse(group) {
  return group.split("|").map(line => {
    const [picture, label, names] = line.split(",")
    return { picture, label, names: names.split(" ") }
  })
}

/** Return the best matches. @param {string} word @param {number} most @returns {Emoji[]} */
export function findEmoji(word, most) {
  const label = fold(word), name = label.replace(/[\s-]+/g, "_")
  return allEmoji().flat().map((one, order) => ({ one, order, fit: Math.min(matchScore(name, one.names), matchScore(label, [one.label])) }))
    .filter(({ fit }) => fit < Infinity).sort((a, b) => a.fit - b.fit || a.order - b.order).slice(0, most).map(({ one }) => one)
}

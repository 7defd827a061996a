// The request to pick an emoji, and the one spelling of each.
import { signal } from "../../web/static/vendor/preact.js"

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

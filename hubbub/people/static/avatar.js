// A person as a small square: initials on one of eight hues.
import { html } from "../../web/static/ui.js"
import { person } from "./directory.js"

const BEGINS_LIKE_A_NAME = /^[\p{L}\p{Extended_Pictographic}]/u

/** @param {string} name */
function initials(name) {
  const words = name.split(/\s+/).filter(word => BEGINS_LIKE_A_NAME.test(word)).slice(0, 2)
  return words.map(word => [...word][0].toUpperCase()).join("") || [...name][0] || ""
}

/** @param {{ id: number, small?: boolean, here?: boolean }} props */
export function Avatar({ id, small = false, here = false }) {
  const look = `avatar hue-${id % 8}${small ? " small" : ""}${here ? " here" : ""}`
  return html`<span class=${look} aria-hidden="true">${initials(person(id).name)}</span>`
}

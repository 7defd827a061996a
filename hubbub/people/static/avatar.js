// The avatar of a person.
import { html } from "../../web/static/shell.js"
import { person } from "./directory.js"

const BEGINS_LIKE_A_NAME = /^[\p{L}\p{Extended_Pictographic}]/u

/** @param {string} name */
function initials(name) {
  const words = name.split(/\s+/).filter(word => BEGINS_LIKE_A_NAME.test(word)).slice(0, 2)
  return words.map(word => [...word][0].toUpperCase()).join("") || [...name][0] || ""
}

/**
 * Their picture, or an icon or their initials on one of eight hues.
 * @param {{ id: number, small?: boolean, large?: boolean, here?: boolean, icon?: string }} props
 */
export function Avatar({ id, small = false, large = false, here = false, icon }) {
  const { name, avatar } = person(id)
  const classes = `avatar hue-${id % 8}${small ? " small" : ""}${large ? " large" : ""}${here ? " here" : ""}${icon ? " emoji" : ""}`
  return html`<span class=${classes} aria-hidden="true">${avatar
    ? html`<img src=${`/avatars/${avatar}`} alt="" loading="lazy" decoding="async" />` : icon ?? initials(name)}</span>`
}

// The parts of the people slice that texts and fields need: a person by handle, those that fit a word, a person's card.
import * as directory from "../../people/static/directory.js"

/** @typedef {import("../../web/static/types").Person & { handle: string }} Known */
const people = /** @type {any} */ (directory)
/** @param {string} handle @returns {Known | undefined} */
export function byHandle(handle) { return people.byHandle?.(handle) }
/** @param {string} word @returns {Known[]} */
export function findPeople(word) { return people.findPeople?.(word) ?? [] }
/** @param {number} id @param {HTMLElement} anchor */
export function openCard(id, anchor) { people.openCard?.(id, anchor) }

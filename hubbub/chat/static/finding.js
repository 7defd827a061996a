// The people that fit a word: at once those found last, and in a moment those that the server knows as well.
import { findPeople as ask } from "../../people/static/directory.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {import("../../web/static/types").Person} Person */

const found = signal(/** @type {Person[]} */ ([]))
let asked = ""

/** @param {string} word @returns {Person[]} */
export function findPeople(word) {
  if (asked !== `@${word}`) {
    const mine = asked = `@${word}`
    setTimeout(async () => {
      if (asked !== mine) return
      const people = await ask(word)
      if (asked === mine) found.value = people
    }, 60)
  }
  return found.value
}

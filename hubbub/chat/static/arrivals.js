// What arrives while somebody looks elsewhere: counted in the tab's title, marked by a rule, and said by a screen reader.
import { html } from "../../web/static/ui.js"
import { signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/words.js"
import { person } from "../../people/static/directory.js"

/** @typedef {import("../../web/static/types").Entry} Entry */

/** How many messages came while nobody looked at this page. */
const unread = signal(0)
/** Where they begin: the seq of the first, kept until one writes oneself. */
export const ruleAt = signal(0)
const said = signal("")

/** @type {Entry[]} */
let unsaid = []

function away() { return document.hidden || !document.hasFocus() }

/** Somebody else's message has come. @param {Entry} entry */
export function arrived(entry) {
  if (away()) {
    if (!unread.value) ruleAt.value = entry.seq
    unread.value++
  }
  if (unsaid.push(entry) === 1) setTimeout(say, 800)
}

/** All has been read, and answered: the rule goes. */
export function seen() { ruleAt.value = 0 }

function say() {
  const [first] = unsaid
  said.value = unsaid.length > 1 ? t("list.new", { n: unsaid.length }) : t("said", { name: person(first.author).name, text: first.data.text })
  unsaid = []
}

function looked() { if (!away()) unread.value = 0 }
addEventListener("focus", looked)
document.addEventListener("visibilitychange", looked)

/** @param {{ room: string }} props */
export function Announcer({ room }) {
  document.title = `${unread.value ? `(${unread.value > 99 ? "99+" : unread.value}) ` : ""}${room} · Hubbub`
  return html`<div class="hidden-words" aria-live="polite">${said.value}</div>`
}

// What arrives: counted in the tab's title while nobody looks, marked by a rule, said aloud; and how far one has read.
import * as live from "../../web/static/live.js"
import { boot, html } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/words.js"
import { person } from "../../people/static/directory.js"

/** @typedef {import("../../web/static/types").Entry} Entry */
/** @typedef {import("../../web/static/types").Item} Item */

const ROOM = "room:1"
const LOOK = 500

/** How many messages came while nobody looked at this page. */
const unread = signal(0)
/** Where the new ones begin: the seq of the first, kept until one writes oneself. */
export const ruleAt = signal(0)
const said = signal("")

/** How far the server knows that I have read. */
let read = boot.cursors?.[ROOM] ?? 0
/** How far I had read when the page was opened; the rule stands after it. */
let opened = read
/** The newest entry, while it is in view. */
let inView = 0
let looking = 0
/** @type {Entry[]} */
let unsaid = []

function away() { return document.hidden || !document.hasFocus() }

/** Put the rule after what I had read when the page was opened. @param {Item[]} items @param {number} [mine] my id */
export function markNew(items, mine) {
  if (opened) ruleAt.value = items.find(({ seq, author }) => seq > opened && author !== mine)?.seq ?? 0
}

/** Somebody else's message has come. @param {Entry} entry */
export function arrived(entry) {
  if (away()) {
    opened = 0
    if (!unread.value) ruleAt.value = entry.seq
    unread.value++
  }
  if (unsaid.push(entry) === 1) setTimeout(say, 800)
}

/** All has been read, and answered: the rule goes. */
export function answered() { ruleAt.value = opened = 0 }

/** The list shows its live end, up to this seq, or not, with 0; after a moment it is read. @param {number} seq */
export function show(seq) {
  inView = seq
  looking ||= setTimeout(tell, LOOK)
}

async function tell() {
  looking = 0
  const seq = inView
  if (seq <= read || away()) return
  if ((await live.ask("read", { channel: ROOM, seq })).error === undefined) read = seq
}

function say() {
  const [first] = unsaid
  const one = () => t("said", { name: person(first.author).name, text: first.data.text })
  said.value = unsaid.length > 1 ? t("list.new", { n: unsaid.length }) : one()
  unsaid = []
}

function looked() {
  if (!away()) unread.value = 0
  show(inView)
}

addEventListener("focus", looked)
document.addEventListener("visibilitychange", looked)
live.greet(looked)

/** @param {{ room: string }} props */
export function Announcer({ room }) {
  document.title = `${unread.value ? `(${unread.value > 99 ? "99+" : unread.value}) ` : ""}${room} · Hubbub`
  return html`<div class="hidden-words" aria-live="polite">${said.value}</div>`
}

// What arrives in the room that is shown, said aloud: each message, or how many there were.
import { channel as channelOf } from "../../web/static/channels.js"
import { html } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { excerpt } from "./markdown.js"
import { came } from "./reading.js"

/** @typedef {import("../../web/static/types").Entry} Entry */

const PAUSE = 800

const said = signal("")
/** @type {Entry[]} */
let unsaid = []

/** Hear what comes in a room, until called. @param {string} channel */
export function attend(channel) {
  return channelOf(channel).onChange(entry => {
    if (!entry || entry.kind !== "message" || entry.author === me.value?.id) return
    came(channel, entry)
    if (unsaid.push(entry) === 1) setTimeout(say, PAUSE)
  })
}

function say() {
  const [{ author, data }] = unsaid
  said.value = unsaid.length > 1 ? t("chat.list.new", { n: unsaid.length }) : t("chat.said", { name: person(author).name, text: excerpt(data.text ?? "") })
  unsaid = []
}

export function Announcer() {
  return html`<div class="hidden-words" aria-live="polite">${said.value}</div>`
}

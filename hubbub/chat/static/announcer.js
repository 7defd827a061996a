// Announce new messages of the open room to screen readers: each message, or how many arrived.
import { channel as channelOf } from "../../web/static/channels.js"
import { html } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { excerpt } from "./markdown.js"
import { onNewMessage } from "./read-state.js"

/** @typedef {import("../../web/static/types").Entry} Entry */

const DELAY = 800

const announced = signal(/** @type {Entry[]} */ ([]))
/** @type {Entry[]} */
let waiting = []

/** Announce the messages of a room, until the returned function is called. @param {string} channel */
export function announceMessages(channel) {
  return channelOf(channel).onChange(entry => {
    if (!entry || entry.kind !== "message" || entry.author === me.value?.id) return
    onNewMessage(channel, entry)
    if (waiting.push(entry) === 1) setTimeout(announce, DELAY)
  })
}

function announce() {
  announced.value = waiting
  waiting = []
}

/** @param {Entry[]} entries */
function words([first, ...others]) {
  if (!first) return ""
  return others.length ? t("chat.list.new", { n: others.length + 1 }) : t("chat.said", { name: person(first.author).name, text: excerpt(first.data.text ?? "") })
}

export function Announcer() {
  return html`<div class="visually-hidden" aria-live="polite">${words(announced.value)}</div>`
}

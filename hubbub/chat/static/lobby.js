// The Lobby: its channel, what is said there, and the view that shows it.
import { boot } from "../../web/static/boot.js"
import { follow } from "../../web/static/channels.js"
import { outbox } from "../../web/static/sending.js"
import { html } from "../../web/static/ui.js"
import { signal } from "../../web/static/vendor/preact.js"
import { meet } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { Announcer, arrived, seen } from "./arrivals.js"
import { Composer } from "./composer.js"
import { MessageList } from "./message-list.js"

const NAME = "room:1"
const ROOM = "Lobby"
const PAGE = 50

const channel = follow(boot.windows?.[NAME] ?? { channel: NAME, items: [], as_of: [0, ""] })
const draft = signal("")
/** Counts how often the list was sent to its live end. */
const ended = signal(0)
let loading = false

channel.listen(entry => {
  const { items, cursor } = channel.log
  const mine = (entry ? items.slice(-1) : items).filter(({ author }) => author === me.value?.id)
  outbox.heard(NAME, new Set(mine.map(({ key }) => key)), cursor[0])
  if (entry?.kind === "message" && entry.author !== me.value?.id) arrived(entry)
})

/** Load the window before the oldest message that is here. */
async function older() {
  if (loading || channel.log.complete) return
  loading = true
  try {
    const answer = await fetch(`/api/channels/${NAME}/window?before=${channel.log.items[0].seq}&limit=${PAGE}`)
    if (!answer.ok) return
    const window = await answer.json()
    meet(window.people)
    channel.log.prepend(window)
  } catch {
    // Offline: the next scroll asks again.
  } finally {
    loading = false
  }
}

/** @param {string} text */
function send(text) {
  outbox.send("post", { channel: NAME, text })
  draft.value = ""
  ended.value++
  seen()
}

/** Take a refused message back into the composer. @param {string} key @param {string} text */
function edit(key, text) {
  outbox.discard(key)
  draft.value = draft.value ? `${text}\n${draft.value}` : text
  document.getElementById("composer")?.focus()
}

export function Lobby() {
  return html`
    <${MessageList} channel=${channel} room=${ROOM} ended=${ended.value} older=${older} edit=${edit} />
    <${Composer} draft=${draft} label=${ROOM} send=${send} />
    <${Announcer} room=${ROOM} />`
}

// The chat slice of the page: what a message does to a channel, and the Lobby with its channel and view.
import { follow, outbox, reduce } from "../../web/static/channels.js"
import { boot, html, view } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/words.js"
import { meet } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { Announcer, answered, arrived, markNew } from "./arrivals.js"
import { Composer } from "./composer.js"
import { MessageList } from "./message-list.js"

const NAME = "room:1"
const ROOM = "Lobby"
const PAGE = 50

reduce("message", (items, { seq, n, author, at, key, data }) => {
  items.push({ seq, n, author, at, key, text: data.text ?? "" })
})
const channel = follow(boot.windows?.[NAME] ?? { channel: NAME, items: [], as_of: [0, ""] })
const draft = signal("")
/** Counts how often the list was sent to its live end. */
const ended = signal(0)
let loading = false

channel.listen(entry => {
  const { items, cursor } = channel.log
  const mine = (entry ? items.slice(-1) : items).filter(({ author }) => author === me.value?.id)
  outbox.heard(NAME, new Set(mine.map(({ key }) => key)), cursor[0])
  if (!entry) markNew(items, me.value?.id)
  else if (entry.kind === "message" && entry.author !== me.value?.id) arrived(entry)
})
markNew(channel.log.items, me.value?.id)

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
  answered()
}

/** Take a refused message back into the composer. @param {string} key @param {string} text */
function edit(key, text) {
  outbox.discard(key)
  draft.value = draft.value ? `${text}\n${draft.value}` : text
  document.getElementById("composer")?.focus()
}

function Lobby() {
  return html`
    <${MessageList} channel=${channel} room=${ROOM} ended=${ended.value} older=${older} edit=${edit} />
    <${Composer} draft=${draft} label=${ROOM} send=${send} />
    <${Announcer} room=${ROOM} />`
}

view({ channel: NAME, title: ROOM, about: t("about.lobby"), component: Lobby })

// Who is writing: said at most every three seconds while I do, shown for six, in a line whose height is kept.
import * as connection from "../../web/static/connection.js"
import { ConnectionNotice } from "../../web/static/connection-status.js"
import { html } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"
import { list, t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { room } from "./standing.js"

const EVERY = 3000, SHOWN = 6000, NAMED = 3, CROWD = 100

/** Until when each person is shown as writing, by place. @type {import("../../web/static/vendor/preact.js").Signal<Record<string, Record<number, number>>>} */
const writers = signal({})
let said = 0
let sweeping = 0

/** @param {string} place @param {number} id @param {number} until */
function note(place, id, until) {
  const { [id]: _, ...others } = writers.value[place] ?? {}
  if (!until && !_) return
  writers.value = { ...writers.value, [place]: until ? { ...others, [id]: until } : others }
}

function sweep() {
  const now = Date.now()
  for (const [place, people] of Object.entries(writers.value)) {
    for (const [id, until] of Object.entries(people)) if (until < now) note(place, Number(id), 0)
  }
  if (Object.values(writers.value).some(people => Object.keys(people).length)) return
  clearInterval(sweeping)
  sweeping = 0
}

/** I am writing. @param {string} channel @param {number} thread */
export function sayTyping(channel, thread) {
  const now = Date.now()
  if (now - said < EVERY || (room(channel)?.members ?? 0) > CROWD) return
  said = now
  connection.request("typing", { channel, ...(thread && { thread }) })
}

/** I have sent it, or left: the next word is said at once. */
export function stopTyping() { said = 0 }

connection.onEvent((event, payload) => {
  if (event === "typing") {
    const { person: id, thread = 0 } = payload.data
    if (id === me.value?.id) return
    note(`${payload.channel}/${thread}`, id, Date.now() + SHOWN)
    sweeping ||= setInterval(sweep, 1000)
  } else if (event === "message" || event === "reply") {
    note(`${payload.channel}/0`, payload.author, 0)
    if (payload.data?.thread) note(`${payload.channel}/${payload.data.thread}`, payload.author, 0)
  }
})

/** How the connection is, or who is writing. @param {{ channel: string, thread?: number, children?: any }} props */
export function Typing({ channel, thread = 0, children }) {
  const ids = Object.keys(writers.value[`${channel}/${thread}`] ?? {}).map(Number)
  if (connection.connectionState.value !== "online") return html`<div class="below"><${ConnectionNotice} />${children}</div>`
  const names = ids.slice(0, NAMED).map(id => person(id).name)
  const words = ids.length > NAMED ? t("chat.typing.several") : t("chat.typing.names", { n: ids.length, names: list(names) })
  return html`<div class="below"><p class="line state online typing" aria-hidden="true">${ids.length > 0 && html`<span class="dots"><i /><i /><i /></span><span>${words}</span>`}</p>${children}</div>`
}

// Typing indicators: sent at most every three seconds, shown for six, in a line of constant height.
import * as connection from "../../web/static/connection.js"
import { ConnectionNotice } from "../../web/static/connection-status.js"
import { html } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"
import { list, t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { room } from "./user-state.js"

const SEND_INTERVAL = 3000, EXPIRES_AFTER = 6000, MAX_NAMES = 3, MAX_MEMBERS = 100

/**
 * Until when each person is shown as typing, by room or thread.
 * @type {import("../../web/static/vendor/preact.js").Signal<Record<string, Record<number, number>>>}
 */
const typingPeople = signal({})
let lastSent = 0
let sweeping = 0

/** @param {string} place @param {number} id @param {number} until */
function setTyping(place, id, until) {
  const { [id]: _, ...others } = typingPeople.value[place] ?? {}
  if (!until && !_) return
  typingPeople.value = { ...typingPeople.value, [place]: until ? { ...others, [id]: until } : others }
}

function sweep() {
  const now = Date.now()
  for (const [place, people] of Object.entries(typingPeople.value)) {
    for (const [id, until] of Object.entries(people)) if (until < now) setTyping(place, Number(id), 0)
  }
  if (Object.values(typingPeople.value).some(people => Object.keys(people).length)) return
  clearInterval(sweeping)
  sweeping = 0
}

/** I am typing. @param {string} channel @param {number} thread */
export function sendTyping(channel, thread) {
  const now = Date.now()
  if (now - lastSent < SEND_INTERVAL || (room(channel)?.members ?? 0) > MAX_MEMBERS) return
  lastSent = now
  connection.request("typing", { channel, ...(thread && { thread }) })
}

/** The message was sent: the next key sends an indicator at once. */
export function stopTyping() { lastSent = 0 }

connection.onEvent((event, payload) => {
  if (event === "typing") {
    const { person: id, thread = 0 } = payload.data
    if (id === me.value?.id) return
    setTyping(`${payload.channel}/${thread}`, id, Date.now() + EXPIRES_AFTER)
    sweeping ||= setInterval(sweep, 1000)
  } else if (event === "message" || event === "reply") {
    setTyping(`${payload.channel}/0`, payload.author, 0)
    if (payload.data?.thread) setTyping(`${payload.channel}/${payload.data.thread}`, payload.author, 0)
  }
})

/**
 * The state of the connection, or who is typing.
 * @param {{ channel: string, thread?: number, children?: any }} props
 */
export function Typing({ channel, thread = 0, children }) {
  const ids = Object.keys(typingPeople.value[`${channel}/${thread}`] ?? {}).map(Number)
  if (connection.connectionState.value !== "online") return html`<div class="composer-footer"><${ConnectionNotice} />${children}</div>`
  const names = ids.slice(0, MAX_NAMES).map(id => person(id).name)
  const words = ids.length > MAX_NAMES ? t("chat.typing.several") : t("chat.typing.names", { n: ids.length, names: list(names) })
  return html`<div class="composer-footer"><p class="line state online typing" aria-hidden="true">${ids.length > 0 && html`<span class="dots"><i /><i /><i /></span><span>${words}</span>`}</p>${children}</div>`
}

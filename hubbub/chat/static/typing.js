// Typing indicators: sent at most every three seconds, shown in a line of constant height.
import * as connection from "../../web/static/connection.js"
import { ConnectionNotice } from "../../web/static/connection-status.js"
import { html } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"
import { room } from "./user-state.js"

const SEND_INTERVAL = 3000, MAX_MEMBERS = 100

/** What returns a sentence such as "Ann is typing …", by room or thread. @type {import("../../web/static/vendor/preact.js").Signal<Record<string, () => string>>} */
export const typing = signal({})
let lastSent = 0

/** I am typing. @param {string} channel @param {number} thread */
export function sendTyping(channel, thread) {
  const now = Date.now()
  if (now - lastSent < SEND_INTERVAL || (room(channel)?.members ?? 0) > MAX_MEMBERS) return
  lastSent = now
  connection.request("typing", { channel, ...(thread && { thread }) })
}

/** The message was sent: the next key sends an indicator at once. */
export function stopTyping() { lastSent = 0 }

/**
 * The state of the connection, or who is typing.
 * @param {{ channel: string, thread?: number, children?: any }} props
 */
export function Typing({ channel, thread = 0, children }) {
  const words = typing.value[`${channel}/${thread}`]?.()
  if (connection.connectionState.value !== "online") return html`<div class="composer-footer"><${ConnectionNotice} />${children}</div>`
  return html`<div class="composer-footer"><p class="line state online typing" aria-hidden="true">${words && html`<span class="dots"><i /><i /><i /></span><span>${words}</span>`}</p>${children}</div>`
}

// Attachments of messages: files, and what other slices add. `hubbub/chat/attachments.py` is the server's side.
import { registerReducer } from "../../web/static/channels.js"
import { Part } from "../../web/static/guard.js"
import { html } from "../../web/static/shell.js"
import { Attachments as Files } from "../../files/static/attachments.js"
import { registerPendingChange } from "./pending-changes.js"
import { addAttachment, reducers } from "./reducers.js"

/** @typedef {import("../../web/static/types").Item} Item */

/** @type {Map<string, import("../../web/static/types").Component>} */
const components = new Map()

/**
 * What changes an attachment: the event that I send through the outbox, the string shown if it is refused, and what the
 * attachment becomes by the entry, whose `target` is the message.
 * @typedef {{ event: string, refused: string, apply: (value: any, entry: import("../../web/static/types").Entry) => any }} Change
 */

/**
 * Show attachments of this kind below the text of a message; the component has `{ channel, item }`.
 * @param {string} kind @param {import("../../web/static/types").Component} component
 * @param {Record<string, Change>} changes by the kind of the entry
 */
export function registerAttachment(kind, component, changes) {
  components.set(kind, component)
  for (const [name, { event, refused, apply }] of Object.entries(changes)) {
    addAttachment(kind, name, apply)
    registerReducer(name, reducers[name])
    registerPendingChange(event, name, refused)
  }
}

/** @param {{ channel: string, item: Item }} props */
export function Attachments({ channel, item }) {
  const others = [...components].filter(([kind]) => kind in item)
  return html`${item.files && html`<${Files} files=${item.files} />`}
    ${others.map(([kind, of]) => html`<${Part} key=${kind} of=${of} props=${{ channel, item }} />`)}`
}

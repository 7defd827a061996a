// The quoted message: author, beginning, and a link to it.
import { channel as channelOf } from "../../web/static/channels.js"
import { get } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { person } from "../../people/static/directory.js"
import { excerpt } from "./markdown.js"
import { indexOf } from "./reducers.js"

/** @typedef {import("../../web/static/types").Item} Item */

/**
 * Messages outside the loaded window, requested once; null: not found.
 * @type {Map<string, import("../../web/static/vendor/preact.js").Signal<Item | null | undefined>>}
 */
const fetched = new Map()

/** Return a message of a room, loaded or requested; null if not found. @param {string} name @param {number} seq */
export function messageAt(name, seq) {
  const channel = channelOf(name)
  channel?.version.value
  const items = channel?.log.items ?? [], index = indexOf(items, seq)
  if (index >= 0) return items[index]
  const id = `${name}/${seq}`, known = fetched.get(id)
  if (known) return known.value
  const answer = signal(/** @type {Item | null | undefined} */ (undefined))
  fetched.set(id, answer)
  get(`/api/channels/${name}/messages/${seq}`).then(({ ok, code }) => {
    if (ok) answer.value = ok.items ? ok.items[0] : ok
    else if (code === "not_found") answer.value = null
    else fetched.delete(id)
  })
  return answer.value
}

/** @param {{ channel: string, seq: number, onClose?: () => void }} props */
export function Quote({ channel, seq, onClose }) {
  const quoted = messageAt(channel, seq), there = quoted && !quoted.deleted
  const words = there ? excerpt(quoted.text) || t("chat.quote.files") : quoted === undefined ? "…" : t("chat.message.deleted")
  const inside = html`${there && html`<b><${Avatar} id=${quoted.author} small />${person(quoted.author).name}</b>`}<span dir="auto">${words}</span>`
  if (onClose) {
    return html`<div class="quote"><${Icon} name="reply" /><div>${inside}</div>
      <button class="ghost" type="button" aria-label=${t("chat.quote.cancel")} onClick=${onClose}><${Icon} name="x" /></button></div>`
  }
  return html`<a class="quote" href=${`/room/${channel.slice(5)}/${seq}`}>${inside}</a>`
}

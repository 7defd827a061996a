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

/** @typedef {Item | null | undefined} Copy a message; null: not found, undefined: requested */

/** Messages outside the loaded window, requested once and after each change.
 * @type {Map<string, import("../../web/static/vendor/preact.js").Signal<Copy>>} */
const copies = new Map()

/** The rooms whose edits and deletions are followed. @type {Set<string>} */
const followed = new Set()

/** Return a message of a room, loaded or requested; null if not found. @param {string} name @param {number} seq @param {Item} [given] as known */
export function messageAt(name, seq, given) {
  const channel = channelOf(name)
  channel?.version.value
  const items = channel?.log.items ?? [], index = indexOf(items, seq)
  if (index >= 0) return items[index]
  const id = `${name}/${seq}`, known = copies.get(id)
  if (known) return given && known.value && (given.edited ?? 0) > (known.value.edited ?? 0) ? given : known.value
  const copy = signal(/** @type {Copy} */ (given))
  copies.set(id, copy)
  follow(name)
  if (!given) request(name, seq, copy)
  return copy.value
}

/** Request copies in a room again once they change. @param {string} name */
function follow(name) {
  if (followed.has(name)) return
  followed.add(name)
  channelOf(name)?.onChange((/** @type {any} */ entry) => {
    const copy = ["edited", "deleted"].includes(entry?.kind) && copies.get(`${name}/${entry.data.target}`)
    if (copy) request(name, entry.data.target, copy)
  })
}

/** @param {string} name @param {number} seq @param {{ value: Copy }} copy */
async function request(name, seq, copy) {
  const { ok, code } = await get(`/api/channels/${name}/messages/${seq}`)
  if (ok) copy.value = ok.items ? ok.items[0] : ok
  else if (code === "not_found") copy.value = null
  else copies.delete(`${name}/${seq}`)
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

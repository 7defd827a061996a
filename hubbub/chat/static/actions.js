// What one can do to a message, from its toolbar, its menu, its sheet or with a key: at once here, then at the server.
import { outbox } from "../../web/static/channels.js"
import { openPanel } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { me } from "../../people/static/me.js"
import { hold } from "./reading.js"
import { room } from "./standing.js"

/** @typedef {import("../../web/static/types").Item} Item */

const RECENT = "recent-emoji"

/** The emoji that I used last, the newest first. */
export const recent = signal(/** @type {string[]} */ (read()))

function read() {
  const kept = (localStorage.getItem(RECENT) ?? "").split(" ").filter(Boolean)
  return [...new Set([...kept, "👍", "❤️", "😂", "🎉", "👀"])].slice(0, 16)
}

/** @param {string} emoji */
export function used(emoji) {
  recent.value = [emoji, ...recent.value.filter(other => other !== emoji)].slice(0, 16)
  localStorage.setItem(RECENT, recent.value.join(" "))
}

/** What stands in a dialog over the page: a message to delete, its history, its sheet … @type {import("../../web/static/vendor/preact.js").Signal<{ kind: string, channel: string, item: Item, root?: number } | null>} */
export const asking = signal(null)

/** @param {Item} item */
export function isMine(item) { return item.author === me.value?.id }

/** @param {string} channel */
function mayModerate(channel) {
  const here = room(channel), place = me.value?.role
  if (here?.kind === "lobby") return place === "owner" || place === "admin"
  return here?.role === "admin"
}

/** Whether messages here may be answered, marked and changed at all. @param {string} channel */
export function mayAct(channel) {
  const here = room(channel)
  return !here || (!here.archived && (here.kind === "lobby" || here.role !== ""))
}

/** @param {string} channel @param {Item} item */
export function mayDelete(channel, item) { return mayAct(channel) && !item.deleted && (isMine(item) || mayModerate(channel)) }

/** @param {string} channel @param {Item} item */
export function mayEdit(channel, item) { return mayAct(channel) && isMine(item) && !item.deleted }

/** Take an emoji, or take it back. @param {string} channel @param {Item} item @param {string} emoji */
export function react(channel, item, emoji) {
  const on = !item.reactions?.[emoji]?.includes(me.value?.id ?? 0)
  if (on && emoji !== recent.value[0]) used(emoji)
  outbox.send("react", { channel, seq: item.seq, emoji, on })
}

/** @param {string} channel @param {Item} item */
export function pin(channel, item) {
  outbox.send("pin", { channel, seq: item.seq, on: !item.pinned })
}

/** @param {string} channel @param {number} seq */
export function remove(channel, seq) { outbox.send("delete", { channel, seq }) }

/** @param {string} channel @param {number} seq @param {string} text */
export function edit(channel, seq, text) { outbox.send("edit", { channel, seq, text }) }

/** @param {string} channel @param {number} seq */
export function addressOf(channel, seq) { return `${location.origin}/room/${channel.slice(5)}/${seq}` }

/** @param {string} text @param {string} said */
export async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "hidden-words" })
    document.body.append(area)
    area.select()
    document.execCommand("copy")
    area.remove()
  }
  if (said) toast(said)
}

/** @param {string} channel @param {Item} item */
export function copyLink(channel, item) { copy(addressOf(channel, item.seq), t("chat.copied.link")) }

/** @param {Item} item */
export function copyText(item) { copy(item.text, t("chat.copied.text")) }

/** Mark this message and what came after it as unread, and leave it so. @param {string} channel @param {Item} item */
export function markUnread(channel, item) { hold(channel, item) }

/** @param {string} channel @param {number} root */
export function openThread(channel, root) { openPanel({ kind: "thread", channel, root }) }

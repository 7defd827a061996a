// The actions on a message, from its toolbar, menu, touch sheet or a key: applied here at once, then sent to the
// server.
import { outbox } from "../../web/static/channels.js"
import { openPanel, url } from "../../web/static/shell.js"
import { stored } from "../../web/static/stored.js"
import { toast } from "../../web/static/toast.js"
import { signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { me } from "../../people/static/me.js"
import { canonicalEmoji } from "./emoji.js"
import { markUnreadFrom } from "./read-state.js"
import { room } from "./user-state.js"

/** @typedef {import("../../web/static/types").Item} Item */

/** My recently used emoji, the newest first. */
export const [recentEmoji, setRecentEmoji] = stored("recent-emoji", text => {
  const used = (text ?? "").split(" ").filter(Boolean).map(canonicalEmoji)
  return [...new Set([...used, "👍", "❤️", "😂", "🎉", "👀"])].slice(0, 16)
}, all => all.join(" "))

/** @param {string} emoji */
export function noteEmoji(emoji) {
  setRecentEmoji([emoji, ...recentEmoji.value.filter(other => other !== emoji)].slice(0, 16))
}

/**
 * The open dialog about a message: delete, edit history, touch sheet.
 * @type {import("../../web/static/vendor/preact.js").Signal<{ kind: string, channel: string, item: Item, root?: number } | null>}
 */
export const openedMessageDialog = signal(null)

/** @param {Item} item */
export function isMine(item) { return item.author === me.value?.id }

/** Whether I may change a room and delete the messages of others; as in hubbub/chat/rooms.py. @param {string} channel */
export function leads(channel) {
  const here = room(channel), place = me.value?.role ?? ""
  return here?.role === "admin" && place !== "guest" || here?.kind !== "direct" && ["owner", "admin"].includes(place)
}

/** Whether messages in this room may be answered, marked and changed. @param {string} channel */
export function mayAct(channel) {
  const here = room(channel)
  return !here || (!here.archived && (here.kind === "lobby" || here.role !== ""))
}

/** @param {string} channel @param {Item} item */
export function mayDelete(channel, item) { return !item.deleted && (isMine(item) ? mayAct(channel) : leads(channel)) }

/** @param {string} channel @param {Item} item */
export function mayEdit(channel, item) { return mayAct(channel) && isMine(item) && !item.deleted }

/** Add a reaction, or remove it. @param {string} channel @param {Item} item @param {string} picture */
export function react(channel, item, picture) {
  const emoji = canonicalEmoji(picture)
  const on = !item.reactions?.[emoji]?.includes(me.value?.id ?? 0)
  if (on && emoji !== recentEmoji.value[0]) noteEmoji(emoji)
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
export function linkTo(channel, seq) { return location.origin + url(`/room/${channel.slice(5)}/${seq}`) }

/** @param {string} text @param {string} notice */
export async function copy(text, notice) {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" })
    document.body.append(area)
    area.select()
    document.execCommand("copy")
    area.remove()
  }
  if (notice) toast(notice)
}

/** @param {string} channel @param {Item} item */
export function copyLink(channel, item) { copy(linkTo(channel, item.seq), t("chat.copied.link")) }

/** @param {Item} item */
export function copyText(item) { copy(item.text, t("chat.copied.text")) }

/** Mark this message and the later ones as unread, and keep them so. @param {string} channel @param {Item} item */
export function markUnread(channel, item) { markUnreadFrom(channel, item) }

/** @param {string} channel @param {number} root */
export function openThread(channel, root) { openPanel({ kind: "thread", channel, root }) }

// How a notification and its conversation are shown: titles, texts, addresses.
import { boot, workspace } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { titles } from "./inbox.js"

/** @typedef {import("./inbox.js").Notification} Notification */
/**
 * What a slice offers for its conversations in the inbox: a component that replies (with `one` and `close`), choices for
 * the row's menu, and a reaction to a message.
 * @typedef {{ Reply?: any, mayReply?: (one: Notification) => boolean, choices?: (one: Notification) => import("../../web/static/types").Choices,
 *   react?: (one: Notification, anchor: HTMLElement) => void }} Conversations
 */

/** By the kind of their channels. @type {import("../../web/static/vendor/preact.js").Signal<Record<string, Conversations>>} */
export const conversationKinds = signal({})

/** @param {string} kind @param {Conversations} offers */
export function registerConversations(kind, offers) { conversationKinds.value = { ...conversationKinds.value, [kind]: offers } }

/** What its slice offers for the conversation of a notification. @param {Notification} one @returns {Conversations} */
export function offersFor({ channel = "" }) { return conversationKinds.value[channel.split(":")[0]] ?? {} }

/** What slices show in the row of a conversation, such as why it is there; each gets its newest notification as `one`. @type {import("../../web/static/vendor/preact.js").Signal<any[]>} */
export const rowParts = signal([])

/** @param {any} component */
export function addToRow(component) { rowParts.value = [...rowParts.value, component] }

/** @param {Notification} notification */
export function titleOf({ channel: about = "", title: then }) { return then && (titles[about.split(":")[0]]?.(about) ?? then) }

/** Return the name of who caused a notification. @param {Notification} notification */
export function authorOf({ author, alias }) { return alias?.name ?? (author ? person(author).name || "…" : workspace.value.name) }

/** Return the title and the icon of a notification. @param {Notification} notification */
export function headOf(notification) {
  const { cause } = notification, title = titleOf(notification)
  const [text, icon] = boot.kinds.inbox[cause] ?? boot.kinds.inbox.script
  return { title: t(title ? text : `${text}.bare`, { name: authorOf(notification), title }), icon }
}

/** Return the name of a notification's conversation. @param {Notification} one */
export function conversationName(one) {
  if (one.publication) return one.topic || authorOf(one)
  const title = titleOf(one) || one.channel && titles[one.channel.split(":")[0]]?.(one.channel) || ""
  if (one.root) return title ? t("notifications.inbox.thread", { title }) : t("notifications.inbox.thread.bare")
  return title || authorOf(one)
}

/** Return the conversation of a notification; as in hubbub/notifications/model.py. @param {Notification} one */
export function conversationOf({ conversation, channel = "", root, cause, author }) {
  return conversation || (root ? `${channel}#${root}` : channel || `${cause}:${author}`)
}

/** Return the text of a notification, in the page's language if Hubbub itself says it. @param {Notification} notification */
export function textOf({ text, text_id: id, params }) { return id ? t(id, params) : text }

/** Return the address that a notification leads to; empty if there is none. @param {Notification} notification */
export function addressOf({ channel: name = "", target, root, url }) {
  if (url) return /^(\/(?!\/)|https?:\/\/)/.test(url) ? url : ""
  const [kind, id] = name.split(":")
  return (boot.kinds.addresses[kind] ?? "").replace("{name}", id).replace("{seq}", `${root || target}`)
}

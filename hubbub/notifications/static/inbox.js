// My inbox as this page knows it: the unread count, my levels, and the reducers of its entries.
import { change, showChange } from "../../web/static/changes.js"
import { changes, channel, subscribe } from "../../web/static/channels.js"
import * as connection from "../../web/static/connection.js"
import { callEach } from "../../web/static/guard.js"
import { boot, workspace } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { computed, signal } from "../../web/static/vendor/preact.js"
import { person } from "../../people/static/directory.js"

/** @typedef {import("../../web/static/types").Entry} Entry */
/** @typedef {{ seq: number, at: number, author: number, read: boolean, cause: string, channel: string, target: number, root: number,
 *   title: string, text: string, text_id?: string, params?: Record<string, string>, url: string, alias?: { name?: string, icon?: string }, urgent?: boolean, deleted?: boolean }} Notification */
/** @typedef {"everything" | "mentions" | "nothing" | ""} Level */

/** How many notifications are unread for the server. */
export const unreadOnServer = signal(boot.inbox?.unread ?? 0)
/** What I marked as read, and the server does not know yet: some notifications, or all up to one. */
const marked = computed(() => changes.value.filter(({ event }) => event === "read_notifications" || event === "read_all_notifications"))
/** How many notifications are unread. */
export const unreadCount = computed(() => marked.value.reduce((n, { shown }) => Math.max(0, n - shown), unreadOnServer.value))
/** My levels, by channel. @type {import("../../web/static/vendor/preact.js").Signal<Record<string, Level>>} */
export const levels = signal(/** @type {any} */ (boot.inbox?.levels ?? {}))
/** @type {Array<(notification: Notification) => void>} */
const listeners = []

/** Call the listener with each new notification. @param {(notification: Notification) => void} listener */
export function onNotification(listener) { listeners.push(listener) }

/** @param {Entry} entry @returns {Notification} */
const itemOf = ({ seq, at, author, data }) => ({ seq, at, author, read: false, ...data })

/** The same as the server's projection. @type {Record<string, import("../../web/static/channel-log.js").Reducer>} */
export const reducers = {
  notification(items, entry) { /** @type {any[]} */ (items).push(itemOf(entry)) },
  revised(items, { data: { targets, text } }) {
    items.forEach((item, index) => { if (targets.includes(item.seq)) items[index] = /** @type {any} */ ({ ...item, text }) })
  },
  read(items, { data: { targets, deleted } }) {
    const read = new Set(targets)
    items.forEach((item, index) => {
      if (!read.has(item.seq)) return
      const { seq, at, author } = item
      items[index] = /** @type {any} */ (deleted ? { seq, at, author, read: true, deleted: true } : { ...item, read: true })
    })
  },
}

/** My inbox channel. */
export let inboxChannel = ""

/** Subscribe to the inbox once I am signed in. @param {number} id */
export function startInbox(id) {
  if (inboxChannel) return
  inboxChannel = `inbox:${id}`
  subscribe(inboxChannel, { cursor: boot.inbox?.as_of ?? [0, ""], window: boot.windows?.[inboxChannel] })
  channel(inboxChannel).onChange(entry => {
    if (entry?.kind === "notification") {
      unreadOnServer.value++
      callEach("A notification", listeners, itemOf(entry))
    } else if (entry?.kind === "read" && !entry.data.was_read) unreadOnServer.value = Math.max(0, unreadOnServer.value - entry.data.targets.length)
  })
}

connection.onEvent((event, payload) => {
  if (event === "reset" && payload.channel === inboxChannel) unreadOnServer.value = payload.unread
  if (event === "level") setLevelHere(payload.data.channel, payload.data.level)
})

/** @param {string} name @param {Level} level */
function setLevelHere(name, level) {
  const { [name]: _, ...rest } = levels.value
  levels.value = level ? { ...rest, [name]: level } : rest
}

showChange("level", ({ channel, level }) => setLevelHere(channel, level))

/**
 * Set the notification level of a channel; revert it if the server refuses.
 * @param {string} name @param {Level} level
 */
export async function setLevel(name, level) {
  const before = levels.value[name] ?? ""
  const { error } = await change("level", { channel: name, level }, { name: `level ${name}` })
  if (error) setLevelHere(name, before)
  return error
}

/** Whether I have read a notification. @param {Notification} notification */
export function isRead({ seq, read }) {
  return read || marked.value.some(({ payload: { seqs, up_to: upTo } }) => seqs ? seqs.includes(seq) : seq <= upTo)
}

/** Mark notifications as read on all my devices. @param {number[]} seqs */
export function markRead(seqs) { return change("read_notifications", { seqs }, { shown: seqs.length }) }

/** Mark all that have arrived here as read. */
export function markAllRead() {
  return change("read_all_notifications", { up_to: channel(inboxChannel).log.cursor[0] }, { shown: unreadCount.value })
}

/** The present titles of channels, by kind. @type {Record<string, (channel: string) => string | undefined>} */
const titles = {}

/** Show channels of a kind by their title of now, if known. @param {string} kind @param {(channel: string) => string | undefined} titleOf */
export function registerTitle(kind, titleOf) { titles[kind] = titleOf }

/** Return the title and the icon of a notification. @param {Notification} notification */
export function headOf({ cause, author, alias, channel: about = "", title: then }) {
  const title = then && (titles[about.split(":")[0]]?.(about) ?? then)
  const [text, icon] = boot.kinds.inbox[cause] ?? boot.kinds.inbox.script
  const name = alias?.name ?? (author ? person(author).name || "…" : workspace.value.name)
  return { title: t(title ? text : `${text}.bare`, { name, title }), icon }
}

/** Return the text of a notification, in the page's language if Hubbub itself says it. @param {Notification} notification */
export function textOf({ text, text_id: id, params }) { return id ? t(id, params) : text }

/** Return the address that a notification leads to; empty if there is none. @param {Notification} notification */
export function addressOf({ channel: name = "", target, root, url }) {
  if (url) return /^(\/(?!\/)|https?:\/\/)/.test(url) ? url : ""
  const [kind, id] = name.split(":")
  return (boot.kinds.addresses[kind] ?? "").replace("{name}", id).replace("{seq}", `${root || target}`)
}

// My inbox as this page knows it: how much waits, the levels I chose, and what its entries do to its items.
import { channel, subscribe } from "../../web/static/channels.js"
import * as connection from "../../web/static/connection.js"
import { callEach } from "../../web/static/guard.js"
import { boot } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { signal } from "../../web/static/vendor/preact.js"
import { person } from "../../people/static/directory.js"

/** @typedef {import("../../web/static/types").Entry} Entry */
/** @typedef {{ seq: number, at: number, author: number, settled: boolean, cause: string, channel: string, target: number, root: number,
 *   title: string, text: string, url: string, gone?: boolean }} Notification */
/** @typedef {"everything" | "mentions" | "nothing" | ""} Level */

/** How many notifications wait. */
export const unread = signal(boot.inbox?.unread ?? 0)
/** What I chose, by channel. @type {import("../../web/static/vendor/preact.js").Signal<Record<string, Level>>} */
export const levels = signal(/** @type {any} */ (boot.inbox?.levels ?? {}))
/** @type {Array<(notification: Notification) => void>} */
const listeners = []

/** Have each notification as it comes. @param {(notification: Notification) => void} listener */
export function hear(listener) { listeners.push(listener) }

/** @param {Entry} entry @returns {Notification} */
const itemOf = ({ seq, at, author, data }) => ({ seq, at, author, settled: false, ...data })

/** The same as the server's projection. @type {Record<string, import("../../web/static/channel-log.js").Reducer>} */
export const reducers = {
  notification(items, entry) { /** @type {any[]} */ (items).push(itemOf(entry)) },
  settled(items, { data: { targets, gone } }) {
    const settled = new Set(targets)
    items.forEach((item, index) => {
      if (!settled.has(item.seq)) return
      const { seq, at, author } = item
      items[index] = /** @type {any} */ (gone ? { seq, at, author, settled: true, gone: true } : { ...item, settled: true })
    })
  },
}

/** The channel that only I read. */
export let own = ""

/** Follow the inbox, once I am somebody. @param {number} id */
export function begin(id) {
  if (own) return
  own = `inbox:${id}`
  subscribe(own, { cursor: boot.inbox?.as_of ?? [0, ""] })
  channel(own).onChange(entry => {
    if (entry?.kind === "notification") {
      unread.value++
      callEach("A notification", listeners, itemOf(entry))
    } else if (entry?.kind === "settled") unread.value = Math.max(0, unread.value - entry.data.targets.length)
  })
}

connection.onEvent((event, payload) => {
  if (event === "reset" && payload.channel === own) unread.value = payload.unread
  if (event === "level") note(payload.data.channel, payload.data.level)
})

/** @param {string} name @param {Level} level */
function note(name, level) {
  const { [name]: _, ...rest } = levels.value
  levels.value = level ? { ...rest, [name]: level } : rest
}

/** Choose how much of a channel I am told of; taken back when the server does not take it. @param {string} name @param {Level} level */
export async function choose(name, level) {
  const before = levels.value[name] ?? ""
  note(name, level)
  const { error } = await connection.request("level", { channel: name, level })
  if (error !== undefined) note(name, before)
  return error
}

/** Mark as read, wherever I look. @param {number[]} seqs */
export function settle(seqs) { return connection.request("settle", { seqs }) }

export function settleAll() { return connection.request("settle_all", {}) }

/** Return the title and the icon of a notification. @param {Notification} notification */
export function headOf({ cause, author, title }) {
  const [text, icon] = boot.kinds.inbox[cause] ?? boot.kinds.inbox.script
  const name = author ? person(author).name || "…" : "Hubbub"
  return { title: t(title ? text : `${text}.bare`, { name, title }), icon }
}

/** Return where it leads; empty if there is nothing to open. @param {Notification} notification */
export function addressOf({ channel: name = "", target, root, url }) {
  if (url) return /^(\/(?!\/)|https?:\/\/)/.test(url) ? url : ""
  const [kind, id] = name.split(":")
  return (boot.kinds.addresses[kind] ?? "").replace("{name}", id).replace("{seq}", `${root || target}`)
}

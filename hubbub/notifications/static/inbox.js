// My inbox as this page knows it: the unread count, my levels, and the reducers of its entries.
import { change, showChange } from "../../web/static/changes.js"
import { changes, channel, subscribe } from "../../web/static/channels.js"
import * as connection from "../../web/static/connection.js"
import { callEach } from "../../web/static/guard.js"
import { boot } from "../../web/static/shell.js"
import { computed, signal } from "../../web/static/vendor/preact.js"

/** @typedef {import("../../web/static/types").Entry} Entry */
/** @typedef {{ seq: number, at: number, author: number, read: boolean, cause: string, channel: string, target: number, root: number,
 *   title: string, text: string, text_id?: string, params?: Record<string, string>, url: string, alias?: { name?: string, icon?: string }, urgent?: boolean, publication?: string, topic?: string, icon?: string, deleted?: boolean, conversation?: string, snoozed_until?: number, why?: Record<string, any> }} Notification */
/** @typedef {"everything" | "mentions" | "nothing" | "hidden" | ""} Level */

/** How many notifications are unread for the server. */
export const unreadOnServer = signal(boot.inbox?.unread ?? 0)
/** What I marked as read, snoozed or undid, and the server does not know yet. */
export const pendingChanges = computed(() => changes.value.filter(({ event }) => event.endsWith("_notifications")))
/** How many notifications are unread. */
export const unreadCount = computed(() => pendingChanges.value.reduce((n, { shown }) => Math.max(0, n - (shown ?? 0)), unreadOnServer.value))
/** My levels, by channel. @type {import("../../web/static/vendor/preact.js").Signal<Record<string, Level>>} */
export const levels = signal(/** @type {any} */ (boot.inbox?.levels ?? {}))
/** @type {Array<(entry: Entry) => void>} */
const listeners = []

/** Call the listener with each entry of my inbox, from when I am signed in. @param {(entry: Entry) => void} listener */
export function onInboxEntry(listener) { listeners.push(listener) }

/** @param {Entry} entry @returns {Notification} */
export const itemOf = ({ seq, at, author, data }) => ({ seq, at, author, read: false, ...data })

/** The same as the server's projection. @type {Record<string, import("../../web/static/channel-log.js").Reducer>} */
export const reducers = {
  notification(items, entry) {
    const shown = /** @type {any[]} */ (items), before = shown.findIndex(({ seq }) => seq === entry.data.replaces)
    if (before >= 0) shown.splice(before, 1)
    shown.push(itemOf(entry))
  },
  revised(items, { data: { targets, ...now } }) { changeItems(items, targets, item => ({ ...item, ...now })) },
  read(items, { data: { targets, deleted } }) {
    changeItems(items, targets, item => {
      const { seq, at, author } = item
      return deleted ? { seq, at, author, read: true, deleted: true } : { ...item, read: true }
    })
  },
  unread(items, { data: { targets, snoozed } }) {
    changeItems(items, targets, ({ snoozed_until: until, ...item }) => ({ ...item, read: false, ...snoozed && { snoozed_until: until } }))
  },
  snoozed(items, { data: { targets, until } }) {
    changeItems(items, targets, ({ snoozed_until: _, ...item }) => until ? { ...item, snoozed_until: until } : item)
  },
}

/** @param {any[]} items @param {number[]} targets @param {(item: any) => any} change */
export function changeItems(items, targets, change) {
  const changed = new Set(targets)
  items.forEach((item, index) => { if (changed.has(item.seq)) items[index] = change(item) })
}

/** By how much an entry changes the number of unread notifications. @param {Entry} entry */
function step({ kind, data }) {
  const n = data.targets?.length ?? 0
  if (kind === "notification") return 1
  if (kind === "unread") return data.snoozed ? 0 : n
  if (kind === "snoozed" && !data.until) return n
  return (kind === "read" || kind === "snoozed") && !data.was_read ? -n : 0
}

/** My inbox channel. */
export let inboxChannel = ""

/** Subscribe to the inbox once I am signed in. @param {number} id */
export function startInbox(id) {
  if (inboxChannel) return
  inboxChannel = `inbox:${id}`
  subscribe(inboxChannel, { cursor: boot.inbox?.as_of ?? [0, ""], window: boot.windows?.[inboxChannel] })
  channel(inboxChannel).onChange(entry => {
    if (!entry) return
    unreadOnServer.value = Math.max(0, unreadOnServer.value + step(entry))
    callEach("An entry of the inbox", listeners, entry)
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

/** The present titles of channels, by kind. @type {Record<string, (channel: string) => string | undefined>} */
export const titles = {}

/** Show channels of a kind by their title of now, if known. @param {string} kind @param {(channel: string) => string | undefined} titleOf */
export function registerTitle(kind, titleOf) { titles[kind] = titleOf }

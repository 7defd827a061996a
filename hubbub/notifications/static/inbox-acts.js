// What I do with conversations in the inbox: open, done, snooze, and undo. Shown at once, on all my devices as soon as possible.
import { change } from "../../web/static/changes.js"
import { channel } from "../../web/static/channels.js"
import { makeKey } from "../../web/static/outbox.js"
import { navigate } from "../../web/static/router.js"
import { openPanel } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { toast } from "../../web/static/toast.js"
import { signal } from "../../web/static/vendor/preact.js"
import { filter, newestOf, refresh } from "./inbox-groups.js"
import { inboxChannel, unreadCount } from "./inbox.js"
import { addressOf } from "./notification.js"
import { whenOf } from "./snooze-times.js"

/** @typedef {import("./inbox-groups.js").Group} Group */

const UNDO = 10_000 // milliseconds in which Z undoes the last action
/** An action, which can be undone for a while. @typedef {{ at: number, undo: () => void }} Done */
let last = /** @type {Done} */ ({ at: 0, undo: () => {} })
/** The conversation in whose row a reply is written. */
export const replyingTo = signal("")
/** The conversation to put off, and where its dialog opens. @type {import("../../web/static/vendor/preact.js").Signal<{ group: Group, anchor: Element | null } | null>} */
export const snoozing = signal(null)

/**
 * Do something that can be undone.
 * @param {string} event @param {Record<string, any>} payload @param {number} shown how many less are unread @param {string} words @param {() => void} [undo] if not by the action's name
 */
async function act(event, payload, shown, words, undo) {
  const action = makeKey()
  const back = undo ?? (() => { report(change("undo_notifications", { action }, { shown: -shown })) })
  const mine = last = { at: Date.now(), undo: back }
  toast(words, { verb: t("notifications.inbox.undo"), act: () => undoOne(mine) })
  await report(change(event, { ...payload, action }, { shown }))
}

/** If the server refused a change, say so, and show what it has. @param {Promise<import("../../web/static/types").Answer>} answer */
async function report(answer) {
  const { error } = await answer
  if (!error) return
  toast(error, { danger: true })
  refresh()
}

/** Undo an action, once and for ten seconds; return whether that was possible. @param {Done} one */
function undoOne(one) {
  if (Date.now() > one.at + UNDO) return false
  one.at = 0
  one.undo()
  return true
}

/** Undo the last action; return whether there was one. */
export function undoLast() { return undoOne(last) }

/** What an action on a whole conversation means: nothing that this page has not heard of. @param {string} [conversation] */
const target = conversation => ({ conversation, up_to: channel(inboxChannel).log.cursor[0], show: filter.value === "all" ? "unread" : filter.value })

/** @param {Group} group */
export function done({ conversation, unread }) {
  return act("read_all_notifications", target(conversation), filter.value === "snoozed" ? 0 : unread, t("notifications.inbox.done.said"))
}

/** Mark all that the filter shows and that have arrived here as read. @param {number} count */
export function allDone(count) {
  const { conversation: _, ...everything } = target()
  return act("read_all_notifications", everything, filter.value === "all" ? unreadCount.value : count, t("notifications.inbox.all.done"))
}

/** Put a conversation off until a time; 0 shows it now. @param {Group} group @param {number} until UTC seconds */
export function snooze({ conversation, unread, items }, until) {
  const before = newestOf({ conversation, unread, items }).snoozed_until
  const undo = before ? () => { report(change("snooze_notifications", { ...target(conversation), show: until ? "snoozed" : "unread", until: before }, { shown: until ? 0 : unread })) } : undefined
  const shown = before ? until ? 0 : -unread : unread
  return act("snooze_notifications", { ...target(conversation), until }, shown, until ? t("notifications.snooze.said", { when: whenOf(until) }) : t("notifications.snooze.shown"), undo)
}

/** Mark as read what is seen by opening a conversation: in a room, the rest is read there. @param {Group} group */
export function markOpened({ conversation, unread, items }) {
  const seqs = items.filter(one => !one.read && !one.snoozed_until).map(({ seq }) => seq)
  if (!seqs.length) return
  if (conversation.startsWith("room:")) report(change("read_notifications", { seqs }, { shown: seqs.length }))
  else report(change("read_all_notifications", target(conversation), { shown: unread }))
}

/** @param {Group} group */
export function open(group) {
  const one = newestOf(group), to = addressOf(one)
  markOpened(group)
  if (!to) return
  if (to.startsWith("/")) navigate(to)
  else window.open(to, "_blank", "noopener")
  if (one.root) openPanel({ kind: "thread", channel: one.channel, root: one.root })
}

// My changes to messages that the server has not confirmed: shown at once, and reverted with a notice if refused.
import { channel as channelOf, jobs, outbox } from "../../web/static/channels.js"
import { toast } from "../../web/static/toast.js"
import { effect, untracked } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { me } from "../../people/static/me.js"
import { draft, saveDraft } from "./drafts.js"
import { reducers } from "./reducers.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {import("../../web/static/types").Job} Job */

/** By event: the kind of entry that it creates, and the string shown if it is refused. @type {Map<string, [kind: string, refused: string]>} */
const changes = new Map()

/** Show the change of this event before it is confirmed. @param {string} event @param {string} kind @param {string} refused */
export function registerPendingChange(event, kind, refused) { changes.set(event, [kind, refused]) }

registerPendingChange("edit", "edited", "chat.refused.edit")
registerPendingChange("delete", "deleted", "chat.refused.delete")
registerPendingChange("react", "reacted", "chat.refused.react")
registerPendingChange("pin", "pinned", "chat.refused.pin")

/** @param {Job} job */
function isChange({ event }) { return changes.has(event) }

/**
 * Return the items with my pending changes applied.
 * @param {string} channel @param {Item[]} items
 */
export function withPendingChanges(channel, items) {
  const mine = jobs.value.filter(job => isChange(job) && job.payload.channel === channel && job.state !== "failed")
  if (!mine.length) return items
  const copy = [...items]
  for (const { event, payload: { seq, ...data }, at } of mine) {
    const entry = { author: me.value?.id ?? 0, at, data: { ...data, target: seq } }
    reducers[changes.get(event)?.[0] ?? ""](copy, /** @type {any} */ (entry))
  }
  return copy
}

/**
 * Return my messages in this channel that are being sent or were refused.
 * @param {string} channel @param {number} [thread]
 */
export function pendingPosts(channel, thread = 0) {
  const mine = jobs.value.filter(({ event, payload }) => event === "post" && payload.channel === channel
    && (thread ? payload.thread === thread : !payload.thread || payload.also_to_room))
  if (!mine.length) return mine
  const there = new Set(channelOf(channel).log.items.map(({ key }) => key)) // an earlier page may have missed the confirmation
  return mine.filter(({ payload }) => !there.has(payload.key))
}

effect(() => {
  const refused = jobs.value.filter(job => isChange(job) && job.state === "failed")
  untracked(() => refused.forEach(({ event, payload: { key, channel, text }, words = "" }) => {
    outbox.discard(key)
    if (event === "edit") saveDraft(channel, 0, [text, draft(channel).peek()].filter(Boolean).join("\n"))
    toast(t(changes.get(event)?.[1] ?? "", { reason: words }), { danger: true })
  }))
})

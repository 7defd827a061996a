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

/** The kind of entry that each event creates. @type {Record<string, string>} */
const KINDS = { edit: "edited", delete: "deleted", react: "reacted", pin: "pinned" }

/** @param {Job} job */
function isChange({ event }) { return event in KINDS }

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
    reducers[KINDS[event]](copy, /** @type {any} */ (entry))
  }
  return copy
}

/**
 * Return my messages in this channel that are being sent or were refused.
 * @param {string} channel @param {number} [thread]
 */
export function pendingPosts(channel, thread = 0) {
  const mine = jobs.value.filter(({ event, payload }) => event === "post" && payload.channel === channel
    && (thread ? payload.thread === thread : !payload.thread || payload.also))
  if (!mine.length) return mine
  const there = new Set(channelOf(channel).log.items.map(({ key }) => key)) // an earlier page may have missed the confirmation
  return mine.filter(({ payload }) => !there.has(payload.key))
}

effect(() => {
  const refused = jobs.value.filter(job => isChange(job) && job.state === "failed")
  untracked(() => refused.forEach(({ event, payload: { key, channel, text }, words = "" }) => {
    outbox.discard(key)
    if (event === "edit") saveDraft(channel, 0, [text, draft(channel).peek()].filter(Boolean).join("\n"))
    toast(t(`chat.refused.${event}`, { reason: words }), { danger: true })
  }))
})

// What I did to messages and is not yet known to be kept: shown at once, taken back in words when it is refused.
import { channel as end, jobs, outbox } from "../../web/static/channels.js"
import { toast } from "../../web/static/toast.js"
import { effect, untracked } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { me } from "../../people/static/me.js"
import { draft, saveDraft } from "./drafts.js"
import { reducers } from "./reducers.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {import("../../web/static/types").Job} Job */

/** The entry that each event will make. @type {Record<string, string>} */
const KINDS = { edit: "edited", delete: "deleted", react: "reacted", pin: "pinned" }

/** @param {Job} job */
function isChange({ event }) { return event in KINDS }

/**
 * The items with my changes that are on their way.
 * @param {string} channel @param {Item[]} items
 */
export function shown(channel, items) {
  const mine = jobs.value.filter(job => isChange(job) && job.payload.channel === channel && job.state !== "failed")
  if (!mine.length) return items
  const copy = [...items]
  for (const { event, payload: { seq, ...data }, at } of mine) {
    const entry = { author: me.value?.id ?? 0, at, data: { ...data, target: seq } }
    reducers[KINDS[event]](copy, /** @type {any} */ (entry))
  }
  return copy
}

/** My messages for this channel that are on their way, or were refused. @param {string} channel @param {number} [thread] */
export function waiting(channel, thread = 0) {
  const mine = jobs.value.filter(({ event, payload }) => event === "post" && payload.channel === channel
    && (thread ? payload.thread === thread : !payload.thread || payload.also))
  if (!mine.length) return mine
  const there = new Set(end(channel).log.items.map(({ key }) => key)) // an earlier page may not have heard that it was kept
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

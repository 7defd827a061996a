// Which rows of a list are rendered: at most 120, as a range of seqs, so that older items do not shift it.
import { firstIndexFrom } from "../../web/static/channel-log.js"
import { isHidden, layOut, rowOf, rowOfJob, rowsOf, startOfEvents } from "./rows.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** Of a thread, `root` is its first message, which is always rendered. @typedef {{ items: Item[], jobs: import("../../web/static/types").Job[], me: number, divider: number, root?: number }} What */

const AHEAD = 40, SLACK = 20, MOST = 120
const LOWEST = 25 // pixels of a row

/**
 * Return the rows of a range, or the newest; `start` and `end` are the indexes of the first and last item.
 * @param {What} what @param {{ from: number, to: number } | null} range @param {boolean} live @param {(at: number) => number} dayOf
 * @param {boolean} [few] of the newest, only what the window has room for: they come up sooner
 */
export function visibleRows({ items, jobs, me, divider, root = 0 }, range, live, dayOf, few = false) {
  const last = items.length - 1
  const end = range ? Math.min(last, firstIndexFrom(items, range.to + 1) - 1) : last
  const start = startOfEvents(items, Math.max(0, end - MOST + 1, range ? firstIndexFrom(items, range.from) : end - (few ? Math.ceil(innerHeight / LOWEST) : 2 * AHEAD) + 1))
  let before = start
  while (before > 0 && (before === start || isHidden(items[before]))) before--
  const rows = rowsOf(items.slice(before, end + 1), dayOf)
  if (end === last && live) rows.push(...jobs.map(job => rowOfJob(job, me)))
  layOut(rows, dayOf, divider)
  const from = start > 0 ? items[start].seq : 0
  const shown = rows.filter(({ item, lines }) => (lines?.[lines.length - 1] ?? item).seq >= from).slice(-MOST)
  if (start === 0 && shown[0]) shown[0].day = true
  if (root && start > 0 && items[0].seq === root) shown.unshift(rowOf(items[0]))
  return { rows: shown, start, end }
}

/** The range to render while this item is at the top. @param {Item[]} items @param {number} at its index */
export function rangeAround(items, at) {
  return { from: items[Math.max(0, at - AHEAD)].seq, to: items[at + 2 * AHEAD - 1]?.seq ?? Infinity }
}

/**
 * Whether the rendered range has drifted from the ideal one.
 * @param {Item[]} items @param {{ from: number, to: number }} range @param {number} start @param {number} end
 */
export function hasDrifted(items, range, start, end) {
  return Math.abs(firstIndexFrom(items, range.from) - start) > SLACK || Math.abs(firstIndexFrom(items, range.to) - end) > SLACK
}

/** Whether older or newer items should be loaded. @param {Item[]} items @param {number} at */
export function nearEnds(items, at) { return { top: at < AHEAD, bottom: at > items.length - AHEAD } }

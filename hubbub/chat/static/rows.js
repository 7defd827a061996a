// How items become rows: headers, day dividers, grouped room events.
import { itemOf } from "./reducers.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {import("../../web/static/types").Job} Job */
/** @typedef {{ head: boolean, day: boolean, divider: boolean }} Joints */
/** @typedef {{ id: string, item: Item, lines: Item[] | null, job: Job | null } & Joints} Row */

const GROUP_SECONDS = 300
const MAX_EVENTS = 60
const ALONE = { head: true, day: false, divider: false }

/** Whether it is not shown at all: deleted, without replies. @param {Item} item */
export function isHidden({ deleted, replies }) { return Boolean(deleted) && !replies }

/** Whether it is a room event, not a message. @param {Item} item */
export function isRoomEvent({ kind }) { return kind !== "message" }

/** @param {Item} item */
export function idOf({ author, key }) { return `${author}:${key}` }

/** @param {Item} item @returns {Row} */
export function rowOf(item) {
  return { id: idOf(item), item, lines: isRoomEvent(item) ? [item] : null, job: null, ...ALONE }
}

/** My message that is being sent, as a row. @param {Job} job @param {number} author @returns {Row} */
export function rowOfJob(job, author) {
  const { payload: data, at } = job
  const item = itemOf(/** @type {any} */ ({ seq: Infinity, n: Infinity, author, at, key: data.key, data: { ...data, files: job.shown } }))
  return { id: idOf(item), item, lines: null, job, ...ALONE }
}

/**
 * Rows for items; room events that follow each other share one.
 * @param {Item[]} items @param {(at: number) => number} dayOf
 */
export function rowsOf(items, dayOf) {
  /** @type {Row[]} */
  const rows = []
  for (const item of items) {
    const lines = rows[rows.length - 1]?.lines
    if (isHidden(item)) continue
    if (lines && isRoomEvent(item) && lines.length < MAX_EVENTS && dayOf(lines[0].at) === dayOf(item.at)) lines.push(item)
    else rows.push(rowOf(item))
  }
  return rows
}

/**
 * Mark what depends on the previous row. More than 300 seconds between two messages of one author start a new group.
 * @param {Row[]} rows @param {(at: number) => number} dayOf @param {number} dividerAt the first new message's seq, or 0
 */
export function layOut(rows, dayOf, dividerAt = 0) {
  rows.forEach((row, index) => {
    const previous = rows[index - 1], { item } = row
    row.day = !previous || dayOf(previous.item.at) !== dayOf(item.at)
    row.divider = dividerAt > 0 && (previous ? item.seq >= dividerAt && previous.item.seq < dividerAt : item.seq === dividerAt)
    row.head = row.day || row.divider || startsGroup(previous, row)
  })
  return rows
}

/** @param {Row} previous @param {Row} row */
function startsGroup({ item: before, lines }, { item }) {
  return lines !== null || before.author !== item.author || before.alias?.name !== item.alias?.name || item.at - before.at > GROUP_SECONDS
    || item.quote !== undefined || item.thread !== before.thread || Boolean(before.deleted)
}

/** Where to start so that grouped room events are not split. @param {Item[]} items @param {number} start */
export function startOfEvents(items, start) {
  const least = Math.max(0, start - MAX_EVENTS)
  while (start > least && start < items.length && isRoomEvent(items[start]) && isRoomEvent(items[start - 1])) start--
  return start
}

/**
 * Group room events of one kind by one person: who joined, who left …
 * @param {Item[]} lines @returns {Array<{ kind: string, people: number[], by: number, data: any, at: number }>}
 */
export function groupEvents(lines) {
  /** @type {Array<{ kind: string, people: number[], by: number, data: any, at: number }>} */
  const groups = []
  for (const { kind, author, data, at } of lines) {
    const person = data?.person ?? author, by = data?.by && data.by !== person ? data.by : 0
    const last = groups[groups.length - 1]
    const together = last && last.kind === kind && last.by === by && (kind === "joined" || kind === "left") && last.data?.banned === data?.banned
    if (together && !last.people.includes(person)) last.people.push(person)
    else if (!together) groups.push({ kind, people: [person], by, data, at })
  }
  return groups
}

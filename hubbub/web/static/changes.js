// Changes of my own state (how far I have read, a level, a saved message): shown at once, and sent by the outbox, later if need be.
import { changes, outbox } from "./channels.js"
import { effect, untracked } from "./vendor/preact.js"

/** @typedef {import("./types").Answer} Answer */

/** What shows a change that the server does not have yet, by event. @type {Map<string, (payload: any, shown: any) => void>} */
const shows = new Map()
/** The keys of the changes that were shown. @type {Set<string>} */
let shownKeys = new Set()

/** Show each change of this event at once, and again on top of what the server sends before it has the change. @param {string} event @param {(payload: any, shown: any) => void} show */
export function showChange(event, show) { shows.set(event, show); showChanges() }

/**
 * Change my own state. A later change of the same name replaces one that waits. Resolves with the server's answer, however late.
 * @param {string} event @param {Record<string, any>} payload @param {{ name?: string, shown?: any }} [more] `shown` for what shows it
 * @returns {Promise<Answer>}
 */
export function change(event, payload, more) { return outbox.sendChange(event, payload, more) }

/** Return what a waiting change of this name sets. @param {string} name */
export function waitingChange(name) { return changes.peek().findLast(job => job.change === name)?.payload }

/** Show all of them again: what is shown was replaced by the server's state. */
export function showChanges() {
  for (const { event, payload, shown } of changes.peek()) shows.get(event)?.(payload, shown)
}

effect(() => {
  const fresh = changes.value.filter(({ payload: { key } }) => !shownKeys.has(key))
  shownKeys = new Set(changes.value.map(({ payload: { key } }) => key))
  untracked(() => { for (const { event, payload, shown } of fresh) shows.get(event)?.(payload, shown) })
})

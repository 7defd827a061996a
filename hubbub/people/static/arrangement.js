// The sidebar as I arranged it, the same on all my devices: my sections, and what stands in them.
import { change as changeState, showChange } from "../../web/static/changes.js"
import { toast } from "../../web/static/toast.js"
import { computed, signal } from "../../web/static/vendor/preact.js"

/** @typedef {ReadonlyMap<string, [value: any, version: number]>} Arrangement by name, as in hubbub/people/sidebar.py */
/** @typedef {{ id: string, title: string, rank: number }} OwnSection */

export const MOST = 500 // as hubbub/people/events.py accepts at once

/** The section of channels of my choice, and the one of a channel's kind. */
export const STARRED = "starred", KIND = "kind"

/** @type {import("../../web/static/vendor/preact.js").Signal<Arrangement>} */
export const arrangement = signal(new Map())

/** @param {string} name */
function chosen(name) { return arrangement.value.get(name)?.[0] ?? null }

/** My sections, in their order. @type {import("../../web/static/vendor/preact.js").Signal<OwnSection[]>} */
export const ownSections = computed(() => [...arrangement.value].filter(([name, [value]]) => value && name.startsWith("section/"))
  .map(([name, [[title, rank]]]) => ({ id: name.slice(8), title, rank })).sort((a, b) => a.rank - b.rank || a.title.localeCompare(b.title)))

/** Where I put a channel: [section, rank]; null if nowhere. @param {string} channel @returns {[string, number] | null} */
export function placeOf(channel) { return chosen(`place/${channel}`) }

/** The channels of a kind that I put somewhere. @param {string} kind */
export function placedOf(kind) {
  return [...arrangement.value].filter(([name, [value]]) => value && name.startsWith(`place/${kind}:`)).map(([name]) => name.slice(6))
}

/** @param {any} _ @param {Record<string, any>} values */
function show(_, values) {
  const next = new Map(arrangement.peek())
  for (const [name, value] of Object.entries(values)) next.set(name, [value, next.get(name)?.[1] ?? 0])
  arrangement.value = next
}

for (const event of ["arrange", "set_section"]) showChange(event, show)

/**
 * Change the arrangement here at once; revert that if the server refuses.
 * @param {string} event @param {Record<string, any>} payload @param {Record<string, any>} values
 */
async function change(event, payload, values) {
  const before = arrangement.peek(), answer = changeState(event, payload, { shown: values }), after = arrangement.peek()
  const { error } = await answer
  if (!error) return
  if (arrangement.peek() === after) arrangement.value = before
  toast(error, { danger: true })
}

/** Put channels into a section, in this order; without one, where they stand by themselves. @param {string | null} section @param {string[]} channels */
export function arrange(section, channels) {
  return change("arrange", { section, channels }, Object.fromEntries(channels.map((channel, rank) => [`place/${channel}`, section && [section, rank]])))
}

/** Put a channel after what I put into a section before. @param {string} channel @param {string} section */
export function append(channel, section) {
  const placed = [...arrangement.peek()].flatMap(([name, [value]]) => value?.[0] === section && name.startsWith("place/") ? [{ channel: name.slice(6), rank: value[1] }] : [])
  const before = placed.filter(one => one.channel !== channel).sort((a, b) => a.rank - b.rank)
  return arrange(section, [...before.map(one => one.channel), channel].slice(-MOST))
}

/** Create, rename or move a section of mine; without a title, delete it. @param {OwnSection} section */
export function setSection({ id, title, rank }) {
  return change("set_section", { id, name: title, rank }, { [`section/${id}`]: title.trim() ? [title.trim(), rank] : null })
}

// Keys and long presses in a message list: move through the rows, and act on the focused or the pressed one.
import { onLongPress } from "../../web/static/long-press.js"
import { openedMessageDialog, copyLink, markUnread, mayAct, mayDelete, mayEdit, openThread, pin, react } from "./actions.js"
import { me } from "../../people/static/me.js"
import { pickEmoji } from "./emoji.js"
import { save } from "./user-changes.js"
import { handleKeys, lists } from "./use-list-events.js"
import { isSaved } from "./user-state.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {import("./list-state.js").ListContext} Scene */

const STEPS = /** @type {Record<string, number>} */ ({ j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 })

/** @type {Record<string, (item: Item, context: Scene, row: HTMLElement) => void>} */
const ACTS = {
  Enter: thread,
  r: thread,
  q: (item, { channel, composer }) => { if (mayAct(channel)) composer.quote(item) },
  e: (item, { channel, composer }) => { if (mayEdit(channel, item)) composer.edit(item) },
  "+": (item, { channel }) => { if (mayAct(channel)) react(channel, item, "👍") },
  ":": (item, { channel }, row) => { if (mayAct(channel)) pickEmoji(row, emoji => react(channel, item, emoji)) },
  p: (item, { channel, root }) => { if (mayAct(channel) && !root) pin(channel, item) },
  u: (item, { channel, root }) => { if (!root) markUnread(channel, item) },
  s: (item, { channel }) => { if (me.value) save(channel, item.seq, !isSaved(channel, item.seq)) },
  l: (item, { channel }) => copyLink(channel, item),
  Delete: (item, { channel }) => { if (mayDelete(channel, item)) openedMessageDialog.value = { kind: "delete", channel, item } },
  m: (_, __, row) => { /** @type {HTMLElement | null} */ (row.querySelector(".toolbar > :last-child button, .toolbar > button:last-child"))?.click() },
}

/** @param {Item} item @param {Scene} context */
function thread({ seq, thread }, { channel, root }) { if (!root) openThread(channel, thread ?? seq) }

/**
 * Handle a key; return whether it was handled.
 * @param {KeyboardEvent} event @param {HTMLElement} rows @param {(seq: number) => Item | undefined} find @param {Scene} context
 */
function onListKey(event, rows, find, context) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false
  const target = /** @type {HTMLElement} */ (event.target), row = target.closest("li.message")
  if (!(row instanceof HTMLElement) || target !== row) return false
  const step = STEPS[event.key]
  const next = step === 1 ? row.nextElementSibling : step === -1 ? row.previousElementSibling
    : event.key === "Home" ? rows.firstElementChild : event.key === "End" ? rows.lastElementChild : null
  if (next instanceof HTMLElement) return focus(next, context)
  const item = find(Number(row.dataset.seq)), act = ACTS[event.key.length === 1 ? event.key.toLowerCase() : event.key]
  if (!act || !item || item.deleted || item.kind !== "message") return false
  act(item, context, row)
  return true
}

handleKeys(onListKey)

const partOf = (/** @type {HTMLElement} */ target) => target.closest("a, button, input, audio, video") ? null : /** @type {HTMLElement | null} */ (target.closest("li.message"))
onLongPress(document.body, partOf, row => {
  const list = row.parentElement && lists.get(row.parentElement), item = list?.find(Number(row.dataset.seq))
  if (!list || item?.kind !== "message" || item.deleted) return
  openedMessageDialog.value = { kind: "sheet", channel: list.context.channel, root: list.context.root, item }
})

/** @param {HTMLElement} row @param {Scene} context */
function focus(row, context) {
  context.current.value = row.dataset.id ?? ""
  row.focus({ preventScroll: true })
  row.scrollIntoView({ block: "nearest" })
  return true
}

// Keyboard shortcuts for the whole page; single keys only while nothing is being typed.
import { navigate, path } from "../../../web/static/router.js"
import { closePanel, openPanel, openedPanel } from "../../../web/static/shell.js"
import { singleKeys } from "../../../people/static/preferences.js"
import { markAllRead } from "../user-changes.js"
import { hasNews, rooms, threads, unreadReplies } from "../user-state.js"
import { openedDialog } from "./opened-dialog.js"
import { addressOf, filterName, isCurrent } from "./room-row.js"
import { orderedRooms } from "./sidebar-order.js"

/** @typedef {import("../../../web/static/types").Room} Room */

/** Go to the next room in the sidebar. @param {number} step @param {(room: Room) => boolean} wanted */
function goToRoom(step, wanted = () => true) {
  const all = orderedRooms()
  const at = all.findIndex(room => isCurrent(addressOf(room)))
  for (let count = 1; count <= all.length; count++) {
    const room = all[(at + step * count + all.length * 2) % all.length]
    if (wanted(room) && !isCurrent(addressOf(room))) return navigate(addressOf(room))
  }
}
const isUnread = (/** @type {Room} */ { channel }) => hasNews(channel)

/** Focus the next region of the page. @param {number} step */
function focusRegion(step) {
  const parts = [...document.querySelectorAll("nav.sidebar, nav.home, .messages, .composer textarea, aside.panel, nav.tabs")]
  const at = parts.findIndex(part => part.contains(document.activeElement) || part === document.activeElement)
  const next = /** @type {HTMLElement | undefined} */ (parts[(at + step + parts.length) % parts.length])
  const inside = /** @type {HTMLElement | null} */ (next?.querySelector("a, button"))
  if (next?.tabIndex === 0 || next?.matches("textarea, .messages")) next.focus()
  else inside?.focus()
}

/** Open the next followed thread with unread replies. */
function nextThread() {
  const thread = threads.value.find(one => unreadReplies(one) > 0)
  if (thread) openPanel({ kind: "thread", channel: thread.channel, root: thread.root })
}

let chord = 0
/** @type {Record<string, () => void>} */
const AFTER_G = { i: () => navigate("/inbox"), f: () => navigate("/feeds"), d: () => navigate("/documents"), t: () => navigate("/threads"), c: () => navigate("/catch-up"), r: () => navigate("/rooms"), p: () => navigate("/people"), s: () => navigate("/settings"), l: () => navigate("/") }
/** @type {Record<string, (event: KeyboardEvent) => void>} */
const SINGLE = { "/": () => navigate("/search"), "?": () => { openedDialog.value = "help" }, n: () => goToRoom(1, isUnread), N: nextThread, p: () => goToRoom(1, room => room.kind === "direct" && isUnread(room)), g: () => { chord = Date.now() } }

/** Whether the user is typing. @param {EventTarget | null} target */
function isTyping(target) { return target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable) }

/** Return what a key with a modifier does. @param {KeyboardEvent} event @returns {(() => void) | undefined} */
function modifierShortcut({ key, code, altKey, shiftKey, ctrlKey, metaKey }) {
  const control = ctrlKey || metaKey
  if (control && key === "/") return () => { openedDialog.value = "help" }
  if (control && key === ".") return toggle
  if (control && shiftKey && key.toLowerCase() === "f") return searchHere
  if (control && shiftKey && key.toLowerCase() === "m") return () => navigate("/inbox")
  if (control && shiftKey && code === "Backslash") return reactToLast
  if (control && !shiftKey && key === "u") return attach
  if (altKey && !control && key === "ArrowDown") return () => goToRoom(1, shiftKey ? isUnread : undefined)
  if (altKey && !control && key === "ArrowUp") return () => goToRoom(-1, shiftKey ? isUnread : undefined)
  if (shiftKey && key === "Escape") return markAllRead
  if (key === "F6") return () => focusRegion(shiftKey ? -1 : 1)
  return undefined
}

/** Search in the open room. */
function searchHere() {
  const here = [...rooms.value.values()].find(each => isCurrent(addressOf(each)))
  navigate(here ? `/search?q=${encodeURIComponent(`in:${filterName(here)} `)}` : "/search")
}

function reactToLast() {
  const row = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("li.message:not(.lines)"))].at(-1)
  row?.focus()
  row?.dispatchEvent(new KeyboardEvent("keydown", { key: ":", bubbles: true }))
}

function attach() {
  const composer = document.activeElement?.closest(".composer") ?? document.querySelector(".composer"), input = composer?.querySelector("input[type=file]")
  if (input instanceof HTMLElement) input.click()
}

function toggle() {
  const id = path.value.match(/^\/room\/(\d+)/)?.[1] ?? "1"
  if (openedPanel.value) closePanel()
  else openPanel({ kind: "room", channel: `room:${id}` })
}

addEventListener("keydown", event => {
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey
  const single = plain && singleKeys.value && !isTyping(event.composedPath()[0]) && !document.querySelector("dialog[open], [role=menu]")
  const second = single && Date.now() - chord < 1500 ? AFTER_G[event.key] : undefined
  const act = modifierShortcut(event) ?? second ?? (single ? SINGLE[event.key] : undefined)
  if (event.defaultPrevented || !act) return
  if (event.key !== "g") chord = 0
  event.preventDefault()
  act(event)
})

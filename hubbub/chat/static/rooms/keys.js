// Keys that work everywhere on the page; single ones only where nothing is being written.
import { navigate, path } from "../../../web/static/router.js"
import { closePanel, openPanel, openedPanel } from "../../../web/static/shell.js"
import { readAll, unread } from "../standing.js"
import { openedDialog } from "./opened-dialog.js"
import { addressOf, isAt } from "./row.js"
import { ordered } from "./sections.js"

/** @typedef {import("../../../web/static/types").Room} Room */

/** Go on to the next room in the sidebar. @param {number} step @param {(room: Room) => boolean} wanted */
function step(step, wanted = () => true) {
  const all = [...ordered(false), ...ordered(true)]
  const at = all.findIndex(room => isAt(addressOf(room)))
  for (let count = 1; count <= all.length; count++) {
    const room = all[(at + step * count + all.length * 2) % all.length]
    if (wanted(room) && !isAt(addressOf(room))) return navigate(addressOf(room))
  }
}
const fresh = (/** @type {Room} */ { channel }) => unread(channel) > 0

/** Put the focus into the next part of the page. @param {number} step */
function region(step) {
  const parts = [...document.querySelectorAll("nav.sidebar, .messages, .composer textarea, aside.panel")]
  const at = parts.findIndex(part => part.contains(document.activeElement) || part === document.activeElement)
  const next = /** @type {HTMLElement | undefined} */ (parts[(at + step + parts.length) % parts.length])
  const inside = /** @type {HTMLElement | null} */ (next?.querySelector("a, button"))
  if (next?.tabIndex === 0 || next?.matches("textarea, .messages")) next.focus()
  else inside?.focus()
}

let chord = 0
/** @type {Record<string, () => void>} */
const AFTER_G = { i: () => navigate("/inbox"), f: () => navigate("/feeds"), d: () => navigate("/documents"), t: () => navigate("/threads"), r: () => navigate("/rooms"), p: () => navigate("/people"), s: () => navigate("/settings"), l: () => navigate("/") }
/** @type {Record<string, (event: KeyboardEvent) => void>} */
const SINGLE = { "/": () => navigate("/search"), "?": () => { openedDialog.value = "help" }, n: () => step(1, fresh), g: () => { chord = Date.now() } }

/** Whether something is being written. @param {EventTarget | null} target */
function writing(target) { return target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable) }

/** What a key with a modifier does. @param {KeyboardEvent} event @returns {(() => void) | undefined} */
function modified({ key, altKey, shiftKey, ctrlKey, metaKey }) {
  const control = ctrlKey || metaKey
  if (control && !shiftKey && !altKey && key.toLowerCase() === "k") return () => { openedDialog.value = openedDialog.value === "palette" ? "" : "palette" }
  if (control && key === "/") return () => { openedDialog.value = "help" }
  if (control && key === ".") return toggle
  if (control && shiftKey && key.toLowerCase() === "f") return () => navigate("/search")
  if (altKey && !control && key === "ArrowDown") return () => step(1, shiftKey ? fresh : undefined)
  if (altKey && !control && key === "ArrowUp") return () => step(-1, shiftKey ? fresh : undefined)
  if (shiftKey && key === "Escape") return readAll
  if (key === "F6") return () => region(shiftKey ? -1 : 1)
  return undefined
}

function toggle() {
  const id = path.value.match(/^\/room\/(\d+)/)?.[1] ?? "1"
  if (openedPanel.value) closePanel()
  else openPanel({ kind: "room", channel: `room:${id}` })
}

/** Whether single keys do something; people who speak to their computer switch it off. */
function singleKeys() { return localStorage.getItem("single-keys") !== "off" }

addEventListener("keydown", event => {
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey
  const single = plain && singleKeys() && !writing(event.composedPath()[0]) && !document.querySelector("dialog[open], [role=menu]")
  const second = single && Date.now() - chord < 1500 ? AFTER_G[event.key] : undefined
  const act = modified(event) ?? second ?? (single ? SINGLE[event.key] : undefined)
  if (event.defaultPrevented || !act) return
  if (event.key !== "g") chord = 0
  event.preventDefault()
  act(event)
})

// The rows of the sidebar by pointer and key: their menus, dragging, and Ctrl+Shift with the arrow keys.
import { onLongPress } from "../../../web/static/long-press.js"
import { me } from "../../../people/static/me.js"
import { openedRowMenu } from "./opened-row-menu.js"

const actions = () => import("./row-actions.js")

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
function rowOf(target) { return target instanceof Element && me.value ? target.closest("li[data-channel]") : null }

/** @param {HTMLElement} row @param {Element | { x: number, y: number }} at */
function openMenu(row, at) { openedRowMenu.value = { channel: row.dataset.channel, at } }

let dragged = ""
/** @type {{ row: Element, below: boolean } | null} */
let goal = null

function unmark() {
  goal?.row.classList.remove("drop-above", "drop-below")
  goal = null
}

/** @param {DragEvent} event */
function onDragOver(event) {
  if (!dragged || !(event.target instanceof Element)) return
  const section = event.target.closest(".section.rooms"), list = section?.querySelector("ul[data-section]")
  if (!list) return unmark()
  event.preventDefault()
  const row = event.target.closest("li[data-channel]") ?? list.querySelector("li[data-channel]:last-of-type") ?? list
  const { top, height } = row.getBoundingClientRect(), below = event.clientY > top + height / 2
  if (goal?.row === row && goal.below === below) return
  unmark()
  goal = { row, below }
  row.classList.add(below ? "drop-below" : "drop-above")
}

/** @param {string} channel @param {string} section @param {string | null} before */
async function move(channel, section, before) { (await actions()).moveBefore(channel, section, before) }

/** @param {DragEvent} event */
function onDrop(event) {
  const target = goal, channel = dragged
  unmark()
  dragged = "" // a row that goes to another section is removed, and then there is no dragend
  if (!target || !channel) return
  event.preventDefault()
  const list = /** @type {HTMLElement} */ (target.row.closest("ul[data-section]")), rows = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("li[data-channel]")])
  const at = rows.indexOf(/** @type {HTMLElement} */ (target.row)), before = rows.slice(target.below ? at + 1 : at).find(row => row.dataset.channel !== channel)
  if (target.row === list || rows[at]?.dataset.channel !== channel) move(channel, list.dataset.section ?? "", before?.dataset.channel ?? null)
}

/** @param {KeyboardEvent} event */
async function onKeyDown(event) {
  const row = rowOf(event.target), step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
  if (!row || !step || !event.shiftKey || !(event.ctrlKey || event.metaKey)) return
  const { channel = "" } = row.dataset
  event.preventDefault()
  const { moveBy } = await actions()
  moveBy(channel, step)
  requestAnimationFrame(() => { /** @type {HTMLElement | null} */ (document.querySelector(`li[data-channel="${CSS.escape(channel)}"] a`))?.focus() })
}

document.addEventListener("contextmenu", event => {
  const row = rowOf(event.target)
  if (!row) return
  event.preventDefault()
  if (openedRowMenu.value) return
  openMenu(row, event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : row)
})
document.addEventListener("click", event => {
  const marked = event.altKey ? rowOf(event.target)?.dataset.channel : ""
  if (marked) {
    event.preventDefault()
    actions().then(({ markUnread }) => markUnread(marked))
    return
  }
  const row = event.target instanceof Element && event.target.closest(".row-more") ? rowOf(event.target) : null
  if (row) openMenu(row, /** @type {Element} */ (event.target))
})
document.addEventListener("dragstart", event => {
  dragged = rowOf(event.target)?.dataset.channel ?? ""
  if (dragged && matchMedia("(hover: none)").matches) { event.preventDefault(); dragged = "" } // a long press opens the menu
  if (dragged && event.dataTransfer) event.dataTransfer.effectAllowed = "copyMove"
})
document.addEventListener("dragover", onDragOver)
document.addEventListener("drop", onDrop)
document.addEventListener("dragend", () => { unmark(); dragged = "" })
document.addEventListener("keydown", onKeyDown)
onLongPress(document.body, target => rowOf(target), row => openMenu(row, row))

// Keys and swipes in the inbox: J, K and the arrows move, Enter opens, E is done, H snoozes, R replies, Z undoes; a swipe
// along the line is done, one against it snoozes.
import { forwards, t } from "../../web/static/strings.js"
import { singleKeys } from "../../people/static/preferences.js"
import { undoLast } from "./inbox-acts.js"

const FAR = 88, EDGE = 24 // pixels
const STEPS = /** @type {Record<string, number>} */ ({ j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 })
/** @typedef {"done" | "snooze" | "reply"} Name */
const ACTS = /** @type {Record<string, Name>} */ ({ e: "done", h: "snooze", r: "reply" })

/** @param {HTMLElement} list @returns {HTMLElement[]} */
const rowsOf = list => [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(".notification > .row"))]

/** @param {HTMLElement} list @param {HTMLElement[]} rows @param {number} at */
function focusRow(list, rows, at) {
  const next = rows[Math.min(rows.length - 1, Math.max(0, at))]
  next?.focus()
  next?.scrollIntoView({ block: "nearest" })
}

/** Handle the keys of a list while it is shown; return how to stop. @param {HTMLElement} list @param {(row: HTMLElement, name: Name) => void} act */
export function onInboxKeys(list, act) {
  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const target = /** @type {HTMLElement} */ (event.target), inside = list.contains(target)
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, [contenteditable], dialog, [role=menu]")) return
    if (!inside && (event.key.length > 1 || !singleKeys.value)) return
    const rows = rowsOf(list), at = rows.findIndex(row => row.parentElement?.contains(document.activeElement)), step = STEPS[event.key], name = ACTS[event.key]
    if (step) focusRow(list, rows, at < 0 ? 0 : at + step)
    else if (event.key === "z") { if (!undoLast()) return } else if (name && at >= 0) {
      act(/** @type {HTMLElement} */ (rows[at].parentElement), name)
      if (name === "done") requestAnimationFrame(() => focusRow(list, rowsOf(list), rows[at].isConnected ? at + 1 : at))
    } else return
    event.preventDefault()
  }
  document.addEventListener("keydown", onKeyDown)
  return () => document.removeEventListener("keydown", onKeyDown)
}

/** Move the focus to the next row when the one that has it is done and goes; return how to stop. @param {HTMLElement} list */
export function keepFocus(list) {
  let row = /** @type {Element | null} */ (null), at = 0
  /** @param {FocusEvent} event */
  const note = ({ target }) => {
    row = /** @type {Element} */ (target).closest(".notification")
    at = rowsOf(list).findIndex(one => one.parentElement === row)
  }
  const watch = new MutationObserver(() => {
    if (row && !row.isConnected && document.activeElement === document.body) focusRow(list, rowsOf(list), at)
    if (!row?.isConnected) row = null
  })
  list.addEventListener("focusin", note)
  watch.observe(list, { childList: true })
  return () => { watch.disconnect(); list.removeEventListener("focusin", note) }
}

/** Handle swipes over the rows of a list; return how to stop. @param {HTMLElement} list @param {(row: HTMLElement, name: Name) => void} act */
export function onInboxSwipe(list, act) {
  let x = 0, y = 0, row = /** @type {HTMLElement | null} */ (null)
  /** @param {number} by */
  function move(by) {
    row?.style.setProperty("--swipe", `${by}px`)
    row?.toggleAttribute("data-swiped", Math.abs(by) > FAR)
    row?.toggleAttribute("data-backwards", by * forwards() < 0)
    row?.setAttribute("data-swipe", t(by * forwards() > 0 ? "notifications.inbox.done" : "notifications.snooze"))
  }
  function end() {
    for (const name of ["swipe", "swiped", "backwards"]) row?.removeAttribute(`data-${name}`)
    row?.style.removeProperty("--swipe")
    row = null
  }
  const handlers = /** @type {Record<string, (event: any) => void>} */ ({
    touchstart({ touches: [first, second], target }) {
      end()
      x = first.clientX
      y = first.clientY
      if (!second && x > EDGE && x < innerWidth - EDGE && !target.closest("textarea, input")) row = target.closest(".notification")
    },
    touchmove({ touches: [{ clientX, clientY }] }) {
      if (!row) return
      if (!row.dataset.swipe && Math.abs(clientY - y) > Math.abs(clientX - x)) return end()
      if (row.dataset.swipe || Math.abs(clientX - x) > 10) move(clientX - x)
    },
    touchend({ changedTouches: [{ clientX }] }) {
      const swiped = row, by = clientX - x
      const isFar = swiped?.dataset.swipe && Math.abs(by) > FAR
      end()
      if (swiped && isFar) act(swiped, by * forwards() > 0 ? "done" : "snooze")
    },
    touchcancel: end,
  })
  for (const [name, handle] of Object.entries(handlers)) list.addEventListener(name, handle, { passive: true })
  return () => { for (const [name, handle] of Object.entries(handlers)) list.removeEventListener(name, handle) }
}

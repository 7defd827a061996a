// Keys and pastes in the composer: send, break the line, format, link. The browser's undo keeps working.
import { inFence } from "./markdown.js"
import { sendKey } from "../../people/static/preferences.js"
import { linkAround, toggleMarks } from "./autocomplete.js"

export const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)")
export const apple = /Mac|iPhone|iPad/.test(navigator.platform)
/** By key, with Ctrl or ⌘. @type {Record<string, string>} */
const MARKS = { b: "**", i: "_", C: "`", X: "~~" }

/**
 * Insert text as if it had been typed.
 * @param {HTMLTextAreaElement} area @param {number} from @param {number} to @param {string} text
 */
export function insert(area, from, to, text) {
  area.focus()
  area.setSelectionRange(from, to)
  const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete")
  if (done) return
  area.setRangeText(text, from, to, "end")
  area.dispatchEvent(new InputEvent("input", { bubbles: true }))
}

/** Whether this key sends the message. @param {KeyboardEvent} event @param {HTMLTextAreaElement} area */
export function isSendKey(event, area) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false
  if (event.ctrlKey || event.metaKey) return true
  return sendKey.value === "enter" && hasKeyboard.matches && !inFence(area.value.slice(0, area.selectionStart))
}

/**
 * Toggle formatting of the selection if this key does so.
 * @param {KeyboardEvent} event @param {HTMLTextAreaElement} area @returns {boolean}
 */
export function toggleMark(event, area) {
  if (!(apple ? event.metaKey : event.ctrlKey) || event.altKey) return false
  const mark = MARKS[event.shiftKey ? event.key.toUpperCase() : event.key]
  if (!mark) return false
  const { insert: text, from, to, select } = toggleMarks(area.value, area.selectionStart, area.selectionEnd, mark)
  insert(area, from, to, text)
  area.setSelectionRange(...select)
  return true
}

/**
 * Turn the selection into a link if an address is pasted.
 * @param {ClipboardEvent} event @param {HTMLTextAreaElement} area
 */
export function pasteLink(event, area) {
  const { selectionStart: from, selectionEnd: to, value } = area
  const text = linkAround(value.slice(from, to), event.clipboardData?.getData("text/plain") ?? "")
  if (!text) return
  event.preventDefault()
  insert(area, from, to, text)
}

/** Whether the caret is at the beginning. @param {HTMLTextAreaElement} area */
export function isAtStart(area) { return area.selectionStart === 0 && area.selectionEnd === 0 }

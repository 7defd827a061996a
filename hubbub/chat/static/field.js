// What keys and pastes do in the field where one writes: send, break the line, mark, link; the browser's own undo stays.
import { inFence } from "./markdown.js"
import { linked, marked } from "./suggest.js"

export const keyboard = matchMedia("(hover: hover) and (pointer: fine)")
const apple = /Mac|iPhone|iPad/.test(navigator.platform)
/** By key, with Ctrl or ⌘. @type {Record<string, string>} */
const MARKS = { b: "**", i: "_", C: "`", X: "~~" }

/** Put text in a place as if it had been typed. @param {HTMLTextAreaElement} area @param {number} from @param {number} to @param {string} text */
export function insert(area, from, to, text) {
  area.focus()
  area.setSelectionRange(from, to)
  const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete")
  if (done) return
  area.setRangeText(text, from, to, "end")
  area.dispatchEvent(new InputEvent("input", { bubbles: true }))
}

/** Whether this key press sends. @param {KeyboardEvent} event @param {HTMLTextAreaElement} area */
export function sends(event, area) {
  if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || event.shiftKey || event.altKey) return false
  if (event.ctrlKey || event.metaKey) return true
  return keyboard.matches && !inFence(area.value.slice(0, area.selectionStart))
}

/** Mark what is selected, where this key says so. @param {KeyboardEvent} event @param {HTMLTextAreaElement} area @returns {boolean} */
export function marks(event, area) {
  if (!(apple ? event.metaKey : event.ctrlKey) || event.altKey || event.isComposing) return false
  const mark = MARKS[event.shiftKey ? event.key.toUpperCase() : event.key]
  if (!mark) return false
  const { insert: text, from, to, select } = marked(area.value, area.selectionStart, area.selectionEnd, mark)
  insert(area, from, to, text)
  area.setSelectionRange(...select)
  return true
}

/** Make what is selected a link, where an address is pasted over it. @param {ClipboardEvent} event @param {HTMLTextAreaElement} area */
export function links(event, area) {
  const { selectionStart: from, selectionEnd: to, value } = area
  const text = linked(value.slice(from, to), event.clipboardData?.getData("text/plain") ?? "")
  if (!text) return
  event.preventDefault()
  insert(area, from, to, text)
}

/** Whether the caret stands before everything. @param {HTMLTextAreaElement} area */
export function isAtStart(area) { return area.selectionStart === 0 && area.selectionEnd === 0 }

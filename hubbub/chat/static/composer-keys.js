// Keys and pastes in the composer: send, break the line, format, link. The browser's undo keeps working.
import { inFence } from "./markdown.js"
import { stored } from "../../web/static/stored.js"
import { sendKey } from "../../people/static/preferences.js"
import { linkAround, toggleMarks } from "./autocomplete.js"

export const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)")
export const apple = /Mac|iPhone|iPad/.test(navigator.platform)
/** What sends in single rooms, where that is not as in the settings. */
const [keysOfRooms, setKeysOfRooms] = stored("sending-in-rooms", text => new Map(text ? text.split(",").map(one => /** @type {[string, string]} */ (one.split("="))) : []),
  keys => [...keys].map(one => one.join("=")).join())
let isPlainPaste = false

/** Whether Enter sends in this room, or only together with Ctrl or ⌘. @param {string} channel */
export function sendKeyIn(channel) { return keysOfRooms.value.get(channel) ?? sendKey.value }

/** @param {string} channel @param {string} key */
export function setSendKeyIn(channel, key) {
  const next = new Map(keysOfRooms.value)
  if (key === sendKey.value) next.delete(channel)
  else next.set(channel, key)
  setKeysOfRooms(next)
}

/** By key, with Ctrl or ⌘. @type {Record<string, string>} */
const MARKS = { b: "**", i: "_", C: "`", X: "~~" }

/**
 * Insert text as if it had been typed.
 * @param {HTMLTextAreaElement | HTMLInputElement} area @param {number} from @param {number} to @param {string} text
 */
export function insert(area, from, to, text) {
  area.focus()
  area.setSelectionRange(from, to)
  const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete")
  if (done) return
  area.setRangeText(text, from, to, "end")
  area.dispatchEvent(new InputEvent("input", { bubbles: true }))
}

/** Note whether the paste of this key is without formatting. @param {KeyboardEvent} event */
export function notePlainPaste(event) { isPlainPaste = (event.ctrlKey || event.metaKey) && event.shiftKey && event.key.toLowerCase() === "v" }

/** Whether this key sends the message. @param {KeyboardEvent} event @param {HTMLTextAreaElement} area @param {string} channel */
export function isSendKey(event, area, channel) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false
  if (event.ctrlKey || event.metaKey) return true
  return sendKeyIn(channel) === "enter" && hasKeyboard.matches && !inFence(area.value.slice(0, area.selectionStart))
}

/** Whether this key makes a link of the selection. @param {KeyboardEvent} event */
export function isLinkKey(event) { return (apple ? event.metaKey : event.ctrlKey) && event.shiftKey && event.key.toUpperCase() === "L" }

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
 * Turn the selection into a link if an address is pasted over it, and pasted HTML into Markdown, unless Shift is held.
 * Return the pasted text.
 * @param {ClipboardEvent} event @param {HTMLTextAreaElement} area
 */
export function paste(event, area) {
  const { selectionStart: from, selectionEnd: to, value } = area, { clipboardData: data } = event
  const text = data?.getData("text/plain") ?? "", source = data?.getData("text/html") ?? "", link = linkAround(value.slice(from, to), text)
  const wasPlain = isPlainPaste
  isPlainPaste = false
  if (link) {
    event.preventDefault()
    insert(area, from, to, link)
  } else if (source && !wasPlain && !data?.files.length && !data?.types.includes("vscode-editor-data") && !inFence(value.slice(0, from))) {
    event.preventDefault()
    import("./paste-html.js").then(({ isFormatted, markdownOf }) => isFormatted(source) && markdownOf(source) || text, () => text)
      .then(words => insert(area, area.selectionStart, area.selectionEnd, words))
  }
  return text
}

/** Whether the caret is at the beginning. @param {HTMLTextAreaElement} area */
export function isAtStart(area) { return area.selectionStart === 0 && area.selectionEnd === 0 }

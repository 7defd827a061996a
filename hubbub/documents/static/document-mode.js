// How documents open in this browser: to write, to read, or both next to each other.
import { wide } from "../../web/static/shell.js"
import { stored } from "../../web/static/stored.js"

/** @typedef {"write" | "both" | "read"} Mode */
/** The mode chosen last, or an empty string. */
const [chosen, setMode] = stored("document-mode", text => /** @type {Mode | ""} */ (/^(write|both|read)$/.test(text ?? "") ? text : ""))

/** The modes that fit on the screen. @returns {Mode[]} */
export function modes() { return wide.value ? ["write", "both", "read"] : ["write", "read"] }

/** Return the mode of a document; without the right to write, it is `read`. @param {boolean} writes @param {boolean} isEmpty @returns {Mode} */
export function modeOf(writes, isEmpty) {
  if (!writes) return "read"
  const mode = chosen.value || (wide.value ? "both" : isEmpty ? "write" : "read")
  return modes().includes(mode) ? mode : "write"
}

export { setMode }

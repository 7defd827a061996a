// Tick a task of a document: the one character in its source that says whether it is done.

const TASK = /^([\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)+\[)([ xX])\]\s/

/**
 * Return the position of the tick in this line and the character to put there; null if the line is no task, or is not `drawn` any more.
 * @param {string} text @param {number} line counted from 0 @param {string} drawn the text that the reader sees @returns {{ at: number, tick: string } | null}
 */
export function ticked(text, line, drawn) {
  const lines = text.split("\n"), found = TASK.exec(lines[line] ?? "")
  if (!found || lines[line] !== drawn.split("\n")[line]) return null
  const start = lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0)
  return { at: start + found[1].length, tick: found[2] === " " ? "x" : " " }
}

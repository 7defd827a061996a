// A list item in a message, with a checkbox if it is a task.
import { h } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"

/** @typedef {import("./markdown.js").Branch} Branch */

const TASK = /^\[([ xX])\]\s/

/** @param {Branch} item @returns {{ box: boolean | null, rest: Branch[] }} the item, and whether its task is done */
function taskOf({ children }) {
  const inline = children[0]?.children[0], first = inline?.children[0]
  const found = first?.token.type === "text" && TASK.exec(first.token.content)
  if (!found) return { box: null, rest: children }
  const words = { token: Object.assign(Object.create(first.token), { content: first.token.content.slice(found[0].length) }), children: [] }
  const line = { token: inline.token, children: [words, ...inline.children.slice(1)] }
  return { box: found[1] !== " ", rest: [{ token: children[0].token, children: [line] }, ...children.slice(1)] }
}

/** @param {Branch} branch @param {(branches: Branch[]) => any[]} inside @param {{ tick?: (line: number) => void }} how ticks the task in a line of the text, if one may */
export function listItem(branch, inside, { tick }) {
  const { box, rest } = taskOf(branch)
  if (box === null) return h("li", null, inside(rest))
  return h("li", { class: "task" }, h("input", { type: "checkbox", checked: box, disabled: !tick, onChange: tick && (() => tick(branch.token.map?.[0] ?? -1)), "aria-label": t(box ? "chat.task.done" : "chat.task.open") }), h("div", null, inside(rest)))
}

// A long text, drawn like a message but block by block: a block whose source is the same is not drawn again.
import { html } from "../../web/static/shell.js"
import { h, useRef } from "../../web/static/vendor/preact.js"
import { parse } from "../../chat/static/markdown.js"
import { renderer } from "../../chat/static/prose.js"

const TASK = /\[[ xX]\]/

/** A block with its own `dir`: with one `dir="auto"` around all, the browser would find the direction and style the whole text again with each letter. @param {{ children: any }} props */
function Block({ children }) {
  for (const node of children) if (typeof node?.type === "string") node.props.dir = "auto"
  return children
}

/** @param {{ text: string, tick?: (line: number) => void }} props `tick` is the same function in every drawing */
export function LongProse({ text, tick }) {
  const last = useRef({ tick, nodes: /** @type {Map<string, any>} */ (new Map()) }), before = last.current.tick === tick ? last.current.nodes : new Map()
  const inside = renderer({ headings: true, tick }), lines = text.split("\n"), nodes = new Map()
  for (const branch of parse(text)) {
    const [from, to] = branch.token.map ?? [0, 0], source = lines.slice(from, to).join("\n")
    let key = TASK.test(source) ? `${from}\n${source}` : source // a task knows its line
    while (nodes.has(key)) key += "\n"
    nodes.set(key, before.get(key) ?? h(Block, /** @type {any} */ ({ key }), inside([branch])))
  }
  last.current = { tick, nodes }
  return html`<div class="prose">${[...nodes.values()]}</div>`
}

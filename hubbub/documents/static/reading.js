// A document as it reads: drawn by the renderer of messages, with tasks that tick as an edit.
import { html } from "../../web/static/shell.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { LongProse } from "./long-prose.js"
import { ticked } from "./task-lines.js"

/** Milliseconds between two drawings: a long text takes longer. @param {number} length */
const pauseFor = length => Math.min(1000, 80 + length / 150)

/** @param {{ opened: any, writes: boolean, sheet: { current: HTMLElement | null } }} props */
export function Reading({ opened, writes, sheet }) {
  const text = useSignal(opened.text.toString()), drawn = useRef({ text: "", writes, node: /** @type {any} */ (null) })
  useEffect(() => {
    let timer = 0
    const draw = () => {
      timer = 0
      text.value = opened.text.toString()
    }
    const later = () => { timer ||= /** @type {any} */ (setTimeout(draw, pauseFor(opened.text.length))) }
    opened.text.observe(later)
    draw()
    return () => {
      clearTimeout(timer)
      opened.text.unobserve(later)
    }
  }, [opened])
  /** @param {number} line */
  function tick(line) {
    const change = ticked(opened.text.toString(), line, text.peek())
    if (!change) return // it was edited meanwhile, and is drawn again soon
    opened.doc.transact(() => {
      opened.text.delete(change.at, 1)
      opened.text.insert(change.at, change.tick)
    })
  }
  const ticking = useRef(tick).current, { current } = drawn
  if (!current.node || current.text !== text.value || current.writes !== writes) {
    const words = text.value.trim() ? html`<${LongProse} text=${text.value} tick=${writes ? ticking : undefined} />` : html`<p class="hint">${t("documents.read.empty")}</p>`
    drawn.current = { text: text.value, writes, node: words }
  }
  return html`<div class="reading" ref=${sheet} tabindex="0" role="region" aria-label=${t("documents.read.label")}><article>${drawn.current.node}</article></div>`
}

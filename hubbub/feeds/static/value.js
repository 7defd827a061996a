// A value that moves: its ground lights up for a moment when it changes, itself stays where it is.
import { html } from "../../web/static/shell.js"
import { useRef } from "../../web/static/vendor/preact.js"
import { quote } from "./feeds.js"
import { number, percent, signed, way } from "./numbers.js"

/** @param {{ symbol: string }} props */
export function Value({ symbol }) {
  const now = quote(symbol).value, last = useRef({ value: NaN, turn: 0, look: "" })
  if (now && now.value !== last.current.value) {
    const { value, turn } = last.current, is = Number.isNaN(value) ? "" : way(now.value, value).look
    last.current = { value: now.value, turn: turn + 1, look: is && `${is}-${turn % 2}` }
  }
  return html`<span class=${`value ${last.current.look}`}>${now ? number(now.value) : "–"}</span>`
}

/** How far it went since the day began. @param {{ symbol: string }} props */
export function Change({ symbol }) {
  const now = quote(symbol).value
  if (!now) return html`<span class="change">–</span>`
  const { look, sign, word } = way(now.value, now.open)
  return html`<span class=${`change ${look}`}><span aria-hidden="true">${sign}</span><span class="hidden-words">${word}</span>
    ${signed(now.value - now.open)} <span class="percent">${percent(now.value, now.open)}</span></span>`
}

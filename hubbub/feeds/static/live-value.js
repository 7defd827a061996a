// A value that updates live: its background flashes on change, and it never moves.
import { connectionState } from "../../web/static/connection.js"
import { ago } from "../../web/static/dates.js"
import { html } from "../../web/static/shell.js"
import { useRef } from "../../web/static/vendor/preact.js"
import { quote } from "./quotes.js"
import { change, decimalsOf, direction, number, percent } from "./numbers.js"

/** @param {{ symbol: string }} props */
export function Value({ symbol }) {
  const now = quote(symbol).value, last = useRef({ value: NaN, turn: 0, className: "" })
  if (now && now.value !== last.current.value) {
    const { value, turn } = last.current, is = Number.isNaN(value) ? "" : direction(now.value, value).className
    last.current = { value: now.value, turn: turn + 1, className: is && `${is}-${turn % 2}` }
  }
  return html`<span class=${`value ${last.current.className}`}>${now ? number(now.value, decimalsOf(now.open, now.high, now.low)) : "–"}</span>`
}

/** How old the value is, while no new ones arrive. @param {{ symbol: string }} props */
export function Age({ symbol }) {
  const now = quote(symbol).value
  return connectionState.value === "online" || !now ? null : html`<small class="since">${ago(now.at)}</small>`
}

/** The change from an earlier value. @param {{ symbol: string, before?: number }} props */
export function ChangeSince({ symbol, before }) {
  const now = quote(symbol).value
  if (!now || before === undefined) return html`<span class="change">–</span>`
  const { className, sign, word } = direction(now.value, before)
  return html`<span class=${`change ${className}`}><span aria-hidden="true">${sign}</span><span class="visually-hidden">${word}</span>
    ${change(now.value, before)} <span class="percent">${percent(now.value, before)}</span></span>`
}

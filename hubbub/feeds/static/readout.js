// The values of one candle, above the chart: the one under the cursor, or else the newest.
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { whenOf } from "./candle-table.js"
import { change, decimalsOf, direction, number, percent } from "./numbers.js"

/** @param {{ candle?: import("./candles.js").Candle, first?: import("./candles.js").Candle, kind: string, length: number }} props a line is compared with the beginning of the range */
export function Readout({ candle, first, kind, length }) {
  if (!candle || !first) return html`<p class="readout">${t("feeds.chart.empty")}</p>`
  const [at, open, high, low, close] = candle, before = kind === "line" ? first[1] : open
  const { className, sign } = direction(close, before), decimals = decimalsOf(open, high, low, close)
  const values = kind === "line" ? [["close", close]] : [["open", open], ["high", high], ["low", low], ["close", close]]
  return html`<p class="readout"><time datetime=${new Date(at * 1000).toISOString()}>${whenOf(at, length)}</time>
    ${values.map(([name, value]) => html`<span key=${name}>${t(`feeds.symbol.${name}`)} <b>${number(Number(value), decimals)}</b></span>`)}
    <span class=${className}><span aria-hidden="true">${sign}</span> ${change(close, before)} ${percent(close, before)}</span></p>`
}

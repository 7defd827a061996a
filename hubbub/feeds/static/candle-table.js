// The candles as a table, the accessible alternative to the chart.
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { number } from "./numbers.js"

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" })
const minute = new Intl.DateTimeFormat(undefined, { timeStyle: "short" })

/** Format the start of a candle. @param {number} at UTC seconds @param {number} resolution */
export function whenOf(at, resolution) { return (resolution >= 86400 ? day : minute).format(at * 1000) }

/** @param {{ candles: import("./candles.js").Candle[], resolution: number, symbol: string }} props */
export function CandleTable({ candles, resolution, symbol }) {
  return html`<div class="candle-table" tabindex="0" role="region" aria-label=${t("feeds.symbol.table")}><table>
    <caption class="visually-hidden">${symbol}</caption>
    <thead><tr>${["when", "open", "high", "low", "close"].map(key => html`<th scope="col">${t(`feeds.symbol.${key}`)}</th>`)}</tr></thead>
    <tbody>${candles.slice().reverse().map(([at, ...values]) => html`<tr key=${at}><th scope="row">${whenOf(at, resolution)}</th>${values.map(value => html`<td>${number(value)}</td>`)}</tr>`)}</tbody>
  </table></div>`
}

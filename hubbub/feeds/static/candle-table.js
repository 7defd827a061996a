// The candles as a table, the accessible alternative to the chart.
import { dateFormat, sinceOf } from "../../web/static/dates.js"
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { decimalsOf, number } from "./numbers.js"

const DAY = 86400
const day = dateFormat({ dateStyle: "medium", timeZone: "UTC" }), shortDay = dateFormat({ day: "numeric", month: "short", timeZone: "UTC" })
const year = dateFormat({ year: "numeric", timeZone: "UTC" })
const time = dateFormat({ hour: "numeric", minute: "2-digit" }), localDay = dateFormat({ day: "numeric", month: "short" })

/** Label the time axis in the user's language: the year or the day where a new one begins. @param {number[]} ticks UTC seconds @param {number} length of the candles in seconds */
export function axisDates(ticks, length) {
  const isDaily = length >= DAY, inDays = isDaily || ticks[1] - ticks[0] >= DAY
  return ticks.map((at, index) => {
    const before = ticks[index - 1] ?? at, date = at * 1000
    if (isDaily) return year().format(date) === year().format(before * 1000) ? shortDay().format(date) : year().format(date)
    return inDays || localDay().format(date) !== localDay().format(before * 1000) ? localDay().format(date) : time().format(date)
  })
}

/** Format the start of a candle. @param {number} at UTC seconds @param {number} length in seconds */
export function whenOf(at, length) { return length >= DAY ? day().format(at * 1000) : sinceOf(at) }

/** @param {{ candles: import("./candles.js").Candle[], length: number, symbol: string }} props */
export function CandleTable({ candles, length, symbol }) {
  const decimals = decimalsOf(...candles.flatMap(([, ...values]) => values))
  return html`<div class="candle-table" tabindex="0" role="region" aria-label=${t("feeds.symbol.table")}><table>
    <caption class="visually-hidden">${symbol}</caption>
    <thead><tr>${["when", "open", "high", "low", "close"].map(key => html`<th scope="col">${t(`feeds.symbol.${key}`)}</th>`)}</tr></thead>
    <tbody>${candles.slice().reverse().map(([at, ...values]) => html`<tr key=${at}><th scope="row">${whenOf(at, length)}</th>${values.map(value => html`<td>${number(value, decimals)}</td>`)}</tr>`)}</tbody>
  </table></div>`
}

// The candles as a table, the accessible alternative to the chart.
import { html } from "../../web/static/shell.js"
import { locale, once, t } from "../../web/static/strings.js"
import { decimalsOf, number } from "./numbers.js"

const day = once(() => new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }))
const minute = once(() => new Intl.DateTimeFormat(locale(), { timeStyle: "short" }))

const shortDay = once(() => new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", timeZone: "UTC" }))
const localDay = once(() => new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short" }))
const year = once(() => new Intl.DateTimeFormat(locale(), { year: "numeric", timeZone: "UTC" }))

/** Label the time axis in the user's language: the year or the day where a new one begins. @param {number[]} ticks UTC seconds @param {number} resolution */
export function axisDates(ticks, resolution) {
  const isDaily = resolution >= 86400
  return ticks.map((at, index) => {
    const before = ticks[index - 1] ?? at, date = at * 1000
    if (isDaily) return year().format(date) === year().format(before * 1000) ? shortDay().format(date) : year().format(date)
    return localDay().format(date) === localDay().format(before * 1000) ? minute().format(date) : localDay().format(date)
  })
}

/** Format the start of a candle. @param {number} at UTC seconds @param {number} resolution */
export function whenOf(at, resolution) { return (resolution >= 86400 ? day() : minute()).format(at * 1000) }

/** @param {{ candles: import("./candles.js").Candle[], resolution: number, symbol: string }} props */
export function CandleTable({ candles, resolution, symbol }) {
  const decimals = decimalsOf(...candles.flatMap(([, ...values]) => values))
  return html`<div class="candle-table" tabindex="0" role="region" aria-label=${t("feeds.symbol.table")}><table>
    <caption class="visually-hidden">${symbol}</caption>
    <thead><tr>${["when", "open", "high", "low", "close"].map(key => html`<th scope="col">${t(`feeds.symbol.${key}`)}</th>`)}</tr></thead>
    <tbody>${candles.slice().reverse().map(([at, ...values]) => html`<tr key=${at}><th scope="row">${whenOf(at, resolution)}</th>${values.map(value => html`<td>${number(value, decimals)}</td>`)}</tr>`)}</tbody>
  </table></div>`
}

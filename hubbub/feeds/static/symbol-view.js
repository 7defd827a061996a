// One symbol: value, line or candle chart, table, and my alerts.
import { getKept } from "../../web/static/kept.js"
import { html, Icon, wide } from "../../web/static/shell.js"
import { stored } from "../../web/static/stored.js"
import { useLoad } from "../../web/static/use-load.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { Alerts } from "./alerts.js"
import { useCandles } from "./candles.js"
import { Chart } from "./chart.js"
import { quote, watchSymbols } from "./quotes.js"
import { decimalsOf, number } from "./numbers.js"
import { CandleTable } from "./candle-table.js"
import { lengthFor, RANGES } from "./ranges.js"
import { Age, ChangeSince, Value } from "./live-value.js"

const RATE = 100, WIDTH = { wide: 760, narrow: 280 }, VIEWS = ["line", "candles", "table"]
const [range, setRange] = stored("feed-range", text => text && text in RANGES ? text : "1h")
const [view, setView] = stored("feed-view", text => VIEWS.includes(text ?? "") ? String(text) : "line")

/** @param {{ name: string, label: string, choices: Array<[any, string]>, value: any, choose: (value: any) => void }} props */
function Segments({ name, label, choices, value, choose }) {
  return html`<div class="segments" role="group" aria-label=${label}>${choices.map(([one, words]) => html`
    <label><input type="radio" name=${name} checked=${value === one} onChange=${() => choose(one)} />${words}</label>`)}</div>`
}

/** @param {{ symbol: string }} props */
function Spoken({ symbol }) {
  const on = useSignal(false), announced = useSignal("")
  useEffect(() => {
    if (!on.value) { announced.value = ""; return }
    const announce = () => { const now = quote(symbol).peek(); announced.value = now ? `${symbol} ${number(now.value)}` : "" }
    announce()
    const timer = setInterval(announce, 5000)
    return () => clearInterval(timer)
  }, [on.value, symbol])
  return html`<label class="check hint"><input type="checkbox" checked=${on.value} onChange=${(/** @type {any} */ event) => { on.value = event.target.checked }} /> ${t("feeds.symbol.announce")}</label>
    <output class="visually-hidden" aria-live=${on.value ? "polite" : "off"}>${announced.value}</output>`
}

/** Another symbol gets a fresh view. @param {{ symbol: string }} props */
export function SymbolView({ symbol }) { return html`<${Sheet} key=${symbol} symbol=${symbol} />` }

/** What the chart shows: the range, the length of its candles, and how. @param {{ length: number, choose: (length: number) => void }} props */
function ChartBar({ length, choose }) {
  return html`<div class="chart-bar">
    <${Segments} name="range" label=${t("feeds.symbol.range")} choices=${Object.keys(RANGES).map(one => [one, t(`feeds.range.${one}`)])} value=${range.value} choose=${setRange} />
    <div class="how"><select class="field" aria-label=${t("feeds.symbol.resolution")} value=${length} onChange=${(/** @type {any} */ event) => choose(Number(event.target.value))}>
      ${RANGES[range.value].lengths.map(one => html`<option key=${one} value=${one} selected=${one === length}>${t(`feeds.symbol.${one}`)}</option>`)}</select>
    <${Segments} name="view" label=${t("feeds.symbol.view")} choices=${VIEWS.map(one => [one, t(`feeds.symbol.${one}`)])} value=${view.value} choose=${setView} /></div></div>`
}

/** @param {{ day: import("./quotes.js").Quote }} props */
function DayFacts({ day }) {
  return html`<dl class="day-facts"><div><dt>${t("feeds.since.day")}</dt></div>
    ${[["open", day.open], ["high", day.high], ["low", day.low]].map(([key, value]) => html`<div><dt>${t(`feeds.symbol.${key}`)}</dt><dd>${number(Number(value), decimalsOf(day.open, day.high, day.low))}</dd></div>`)}</dl>`
}

/** @param {{ symbol: string }} props */
function Sheet({ symbol }) {
  const facts = useSignal(/** @type {any} */ (null)), problem = useSignal(""), days = useSignal(1), chosen = useSignal(/** @type {{ range: string, length: number } | null} */ (null))
  const length = chosen.value?.range === range.value ? chosen.value.length : lengthFor(range.value, wide.value ? WIDTH.wide : WIDTH.narrow, days.value)
  const day = quote(symbol).value, all = useCandles(symbol, length, RANGES[range.value].span)
  const between = all.length ? (all[all.length - 1][0] - all[0][0]) / 86400 : 0
  useEffect(() => { if (!RANGES[range.value].span && between > days.value) days.value = between }, [between, range.value])
  useEffect(() => watchSymbols([symbol], RATE), [symbol])
  useLoad(() => {
    getKept(`/api/symbols/${encodeURIComponent(symbol)}`).then(({ ok, error }) => {
      facts.value = ok
      problem.value = error ?? ""
    })
  }, [symbol])
  if (problem.value) return html`<div class="empty"><${Icon} name="chart-line" /><h2>${problem.value}</h2><p><a href="/feeds">${t("feeds.symbol.all")}</a></p></div>`
  return html`<div class="symbol">
    <header><div><p class="title" dir="auto">${facts.value?.title || symbol}${facts.value?.demo && html` <span class="made-up">${t("feeds.market.label")}</span>`}</p>
      <p class="big"><${Value} symbol=${symbol} /> <${ChangeSince} symbol=${symbol} before=${all[0]?.[1]} /> <small class="since">${t(`feeds.since.${range.value}`)}</small> <${Age} symbol=${symbol} /></p></div>
      ${day && html`<${DayFacts} day=${day} />`}</header>
    <${ChartBar} length=${length} choose=${(/** @type {number} */ one) => { chosen.value = { range: range.value, length: one } }} />
    ${view.value === "table" ? html`<${CandleTable} candles=${all} length=${length} symbol=${symbol} />`
      : html`<${Chart} symbol=${symbol} candles=${all} kind=${view.value} length=${length} />`}
    <${Spoken} symbol=${symbol} />
    <${Alerts} symbol=${symbol} />
  </div>`
}

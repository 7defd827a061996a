// One symbol: value, line or candle chart, table, and my alerts.
import { get } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { Alerts } from "./alerts.js"
import { useCandles } from "./candles.js"
import { Chart } from "./chart.js"
import { quote, watchSymbols } from "./quotes.js"
import { decimalsOf, number } from "./numbers.js"
import { CandleTable } from "./candle-table.js"
import { Change, Value } from "./live-value.js"

const RATE = 100, SPANS = { 60: 180, 86400: 365 }
const VIEWS = ["line", "candles", "table"], RESOLUTIONS = /** @type {const} */ ([60, 86400])

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

/** @param {{ symbol: string }} props */
function Sheet({ symbol }) {
  const facts = useSignal(/** @type {any} */ (null)), problem = useSignal("")
  const view = useSignal("line"), resolution = useSignal(/** @type {60 | 86400} */ (60))
  const day = quote(symbol).value, all = useCandles(symbol, resolution.value, SPANS[resolution.value])
  useEffect(() => watchSymbols([symbol], RATE), [symbol])
  useLoad(() => {
    get(`/api/symbols/${encodeURIComponent(symbol)}`).then(({ ok, error }) => {
      facts.value = ok
      problem.value = error ?? ""
    })
  }, [symbol])
  if (problem.value) return html`<div class="empty"><${Icon} name="chart-line" /><h2>${problem.value}</h2><p><a href="/feeds">${t("feeds.symbol.all")}</a></p></div>`
  return html`<div class="symbol">
    <header><div><p class="title" dir="auto">${facts.value?.title || symbol}${facts.value?.demo && html` <span class="made-up">${t("feeds.market.label")}</span>`}</p>
      <p class="big"><${Value} symbol=${symbol} /> <${Change} symbol=${symbol} /></p></div>
      ${day && html`<dl class="day-facts">${[["open", day.open], ["high", day.high], ["low", day.low]].map(([key, value]) => html`<div><dt>${t(`feeds.symbol.${key}`)}</dt><dd>${number(Number(value), decimalsOf(day.open, day.high, day.low))}</dd></div>`)}</dl>`}</header>
    <div class="chart-bar">
      <${Segments} name="view" label=${t("feeds.symbol.view")} choices=${VIEWS.map(one => [one, t(`feeds.symbol.${one}`)])} value=${view.value} choose=${(/** @type {string} */ one) => { view.value = one }} />
      <${Segments} name="resolution" label=${t("feeds.symbol.resolution")} choices=${RESOLUTIONS.map(one => [one, t(`feeds.symbol.${one}`)])} value=${resolution.value} choose=${(/** @type {any} */ one) => { resolution.value = one }} /></div>
    ${view.value === "table" ? html`<${CandleTable} candles=${all} resolution=${resolution.value} symbol=${symbol} />`
      : html`<${Chart} symbol=${symbol} candles=${all} kind=${view.value} resolution=${resolution.value} />`}
    <${Spoken} symbol=${symbol} />
    <${Alerts} symbol=${symbol} />
  </div>`
}

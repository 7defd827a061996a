// The chart: a line or candles on a canvas, updated with every value; the mouse, a finger or arrow keys read it at any place.
import { html, theme } from "../../web/static/shell.js"
import { preference } from "../../web/static/preferences.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { optionsFor } from "./chart-options.js"
import { number } from "./numbers.js"
import { whenOf } from "./candle-table.js"
import { Readout } from "./readout.js"
import { uPlot } from "../../web/static/vendor/chart.js"

/** @typedef {import("./candles.js").Candle} Candle */

/** The columns of uPlot: times, then open, high, low, close. @param {Candle[]} candles @returns {any} */
function columns(candles) { return [0, 1, 2, 3, 4].map(column => candles.map(candle => candle[column])) }

/** @param {{ symbol: string, candles: Candle[], kind: string, length: number }} props */
export function Chart({ symbol, candles, kind, length }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null)), chart = useRef(/** @type {any} */ (null)), at = useSignal(-1), announced = useSignal("")
  const shown = useRef(candles)
  shown.current = candles
  const dark = useSignal(0)
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)"), again = () => { dark.value++ }
    media.addEventListener("change", again)
    return () => media.removeEventListener("change", again)
  }, [])
  useEffect(() => {
    const host = box.current
    if (!host) return
    const plot = chart.current = new uPlot(optionsFor(host, kind, length, index => { at.value = index }), columns(shown.current), host)
    const watcher = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: host.clientHeight }))
    watcher.observe(host)
    return () => {
      watcher.disconnect()
      plot.destroy()
      chart.current = null
    }
  }, [kind, length, theme.value, dark.value, preference("contrast"), preference("clock"), preference("text")])
  useEffect(() => { chart.current?.setData(columns(candles)) }, [candles])

  /** @param {number} index */
  function point(index) {
    const plot = chart.current, candle = shown.current[index]
    if (plot && candle) plot.setCursor({ left: plot.valToPos(candle[0], "x"), top: plot.valToPos(candle[4], "y") })
  }
  /** Describe one interval. @param {number} index */
  function words(index) {
    const step = candles[index]
    if (!step) return ""
    const [open, high, low, close] = step.slice(1).map(value => number(value))
    return t(kind === "line" ? "feeds.chart.at" : "feeds.chart.candle", { when: whenOf(step[0], length), open, high, low, close })
  }
  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const last = candles.length - 1, from = at.value < 0 ? last + 1 : at.value
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last }[/** @type {"Home"} */ (event.key)]
    if (to === undefined) return
    const index = Math.max(0, Math.min(last, to))
    point(index)
    announced.value = words(index)
    event.preventDefault()
  }
  /** A finger reads the chart like a mouse. @param {PointerEvent} event */
  function onPointer(event) {
    const over = box.current?.querySelector(".u-over")?.getBoundingClientRect()
    if (event.pointerType === "mouse" || !over) return
    chart.current?.setCursor({ left: event.clientX - over.left, top: event.clientY - over.top })
  }
  const first = candles[0], last = candles[candles.length - 1]
  const summary = first ? t("feeds.chart.summary", { symbol, count: candles.length, first: number(first[4]), last: number(last[4]),
    high: number(Math.max(...candles.map(candle => candle[2]))), low: number(Math.min(...candles.map(candle => candle[3]))) }) : t("feeds.chart.empty")
  return html`<div class="chart" tabindex="0" role="group" aria-label=${t("feeds.chart.label", { symbol })} aria-description=${t("feeds.chart.hint")} onKeyDown=${onKeyDown}>
    <${Readout} candle=${candles[at.value] ?? last} first=${first} kind=${kind} length=${length} />
    <div class="plot" role="img" aria-label=${summary} ref=${box} onPointerDown=${onPointer} onPointerMove=${onPointer}><i class="up"></i><i class="down"></i><i class="accent"></i><i class="muted"></i><i class="line"></i><i class="canvas"></i></div>
    <output class="visually-hidden">${announced.value}</output>
  </div>`
}

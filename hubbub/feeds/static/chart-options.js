// How uPlot draws the chart: axes, line, candles, in the page's current colours.
import { axisDates } from "./candle-table.js"
import { axisLabels } from "./numbers.js"

/** The resolved colours; a canvas does not know custom properties. @param {HTMLElement} host */
function coloursOf(host) {
  return Object.fromEntries([...host.querySelectorAll("i")].map(probe => [probe.className, getComputedStyle(probe).color]))
}

/** @param {any} plot @param {Record<string, string>} colours @param {number} resolution */
function drawCandles(plot, colours, resolution) {
  const { ctx, data, bbox } = plot, [xs, opens, highs, lows, closes] = data
  const ratio = devicePixelRatio || 1, [first, last] = plot.series[0].idxs
  const { min, max } = plot.scales.x, step = bbox.width * resolution / (max - min), width = Math.max(ratio, Math.min(14 * ratio, Math.round(step * .65)))
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (let at = first; at <= last; at++) {
    const x = Math.round(plot.valToPos(xs[at], "x", true))
    const [open, high, low, close] = [opens, highs, lows, closes].map(column => Math.round(plot.valToPos(column[at], "y", true)))
    ctx.fillStyle = closes[at] >= opens[at] ? colours.up : colours.down
    ctx.fillRect(x - Math.floor(ratio / 2), high, Math.max(1, Math.round(ratio)), low - high)
    ctx.fillRect(x - Math.floor(width / 2), Math.min(open, close), width, Math.max(ratio, Math.abs(open - close)))
  }
  ctx.restore()
}

/** @param {any} plot @param {string} colour */
function fillBelow(plot, colour) {
  const wash = plot.ctx.createLinearGradient(0, plot.bbox.top, 0, plot.bbox.top + plot.bbox.height)
  wash.addColorStop(0, colour.replace(/\)$/, " / .22)"))
  wash.addColorStop(1, colour.replace(/\)$/, " / 0)"))
  return wash
}

/** A local date that reads like the UTC date of a time, also where summer time was then and is not now. @param {number} at UTC seconds */
export function utcAsLocal(at) { return new Date(at * 1000 + new Date(at * 1000).getTimezoneOffset() * 60_000) }

/**
 * @param {HTMLElement} host @param {string} kind line or candles @param {number} resolution in seconds
 * @param {(index: number) => void} point called with the index under the cursor, -1 for none
 */
export function optionsFor(host, kind, resolution, point) {
  const colours = coloursOf(host), isLine = kind === "line"
  const font = `12px ${getComputedStyle(host).fontFamily}`
  const axis = { stroke: colours.muted, font, grid: { stroke: colours.line, width: 1 }, ticks: { show: false } }
  const hidden = { show: true, paths: () => null, points: { show: false } }
  /** @param {any} plot @param {number} low @param {number} high @returns {[number, number]} */
  const range = (plot, low, high) => {
    const edge = (high - low || Math.abs(high) * .01 || 1) * .08
    return [low - edge, high + edge]
  }
  /** @param {any} plot */
  const isAlone = plot => plot.data[0].length === 1
  const beside = isLine ? 0 : resolution / 2
  /** @param {any} plot @param {number} first @param {number} last @returns {[number, number]} */
  const span = (plot, first, last) => isAlone(plot) ? [first - 15 * resolution, first + 15 * resolution] : [first - beside, last + beside]
  /** @param {any} _ @param {string[] | null} labels */
  const wide = (_, labels) => Math.max(64, ...(labels ?? []).map(label => 16 + 7 * label.length))
  return {
    width: host.clientWidth || 600, height: host.clientHeight || 320, padding: /** @type {any} */ ([8, 8, 0, 36]),
    legend: { show: false }, cursor: { y: false, drag: { x: false, y: false }, points: { show: isLine } },
    scales: { x: { time: true, range: /** @type {any} */ (span) }, y: { range: /** @type {any} */ (range) } },
    tzDate: (/** @type {number} */ at) => resolution >= 86400 ? utcAsLocal(at) : new Date(at * 1000),
    axes: [{ ...axis, space: 70, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => axisDates(ticks, resolution) }, { ...axis, side: 1, size: wide, values: (/** @type {any} */ _, /** @type {number[]} */ ticks, /** @type {number} */ __, /** @type {number} */ ___, /** @type {number} */ step) => axisLabels(ticks, step) }],
    series: [{}, hidden, { ...hidden, show: !isLine }, { ...hidden, show: !isLine },
      isLine ? { stroke: colours.accent, width: 2, points: { show: isAlone, size: 7, fill: colours.accent }, fill: (/** @type {any} */ plot) => fillBelow(plot, colours.accent) } : hidden],
    hooks: {
      draw: isLine ? [] : [(/** @type {any} */ plot) => drawCandles(plot, colours, resolution)],
      setCursor: [(/** @type {any} */ plot) => point(plot.cursor.idx ?? -1)],
    },
  }
}

// How uPlot draws the chart: axes, line, candles, in the page's current colours.
import { axisDates } from "./candle-table.js"
import { axisLabels } from "./numbers.js"

/** The resolved colours; a canvas does not know custom properties. @param {HTMLElement} host */
function coloursOf(host) {
  return Object.fromEntries([...host.querySelectorAll("i")].map(probe => [probe.className, getComputedStyle(probe).color]))
}

const HOLLOW = 5 // pixels: from this width on, a rising candle is an outline, so that colour is not the only difference

/** @param {any} plot @param {Record<string, string>} colours @param {number} length */
function drawCandles(plot, colours, length) {
  const { ctx, data, bbox } = plot, [xs, opens, highs, lows, closes] = data
  const ratio = devicePixelRatio || 1, [first, last] = plot.series[0].idxs
  const { min, max } = plot.scales.x, step = bbox.width * length / (max - min), width = Math.max(2 * ratio, Math.min(14 * ratio, Math.round(step * .7)))
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (let at = first; at <= last; at++) {
    const x = Math.round(plot.valToPos(xs[at], "x", true)), isUp = closes[at] >= opens[at]
    const [open, high, low, close] = [opens, highs, lows, closes].map(column => Math.round(plot.valToPos(column[at], "y", true)))
    const left = x - Math.floor(width / 2), top = Math.min(open, close), height = Math.max(ratio, Math.abs(open - close)), line = Math.max(1, Math.round(ratio))
    ctx.fillStyle = isUp ? colours.up : colours.down
    ctx.fillRect(x - Math.floor(line / 2), high, line, low - high)
    ctx.fillRect(left, top, width, height)
    if (isUp && width >= HOLLOW * ratio && height > 2 * line) {
      ctx.fillStyle = colours.canvas
      ctx.fillRect(left + line, top + line, width - 2 * line, height - 2 * line)
    }
  }
  ctx.restore()
}

/** A dashed line at the newest value. @param {any} plot @param {Record<string, string>} colours */
function drawLatest(plot, colours) {
  const { ctx, data, bbox } = plot, [, opens, , , closes] = data, last = closes.length - 1
  if (last < 0) return
  const y = Math.round(plot.valToPos(closes[last], "y", true))
  ctx.save()
  ctx.strokeStyle = closes[last] >= opens[0] ? colours.up : colours.down
  ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
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
 * @param {HTMLElement} host @param {string} kind line or candles @param {number} length of a candle in seconds
 * @param {(index: number) => void} point called with the index under the cursor, -1 for none
 */
export function optionsFor(host, kind, length, point) {
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
  const beside = isLine ? 0 : length / 2
  /** @param {any} plot @param {number} first @param {number} last @returns {[number, number]} */
  const span = (plot, first, last) => isAlone(plot) ? [first - 15 * length, first + 15 * length] : [first - beside, last + beside]
  /** @param {any} _ @param {string[] | null} labels */
  const wide = (_, labels) => Math.max(64, ...(labels ?? []).map(label => 16 + 7 * label.length))
  return {
    width: host.clientWidth || 600, height: host.clientHeight || 320, padding: /** @type {any} */ ([8, 8, 0, 16]),
    legend: { show: false }, cursor: { y: false, drag: { x: false, y: false }, points: { show: isLine } },
    scales: { x: { time: true, range: /** @type {any} */ (span) }, y: { range: /** @type {any} */ (range) } },
    tzDate: (/** @type {number} */ at) => length >= 86400 ? utcAsLocal(at) : new Date(at * 1000),
    axes: [{ ...axis, space: 70, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => axisDates(ticks, length) }, { ...axis, side: 1, size: wide, values: (/** @type {any} */ _, /** @type {number[]} */ ticks, /** @type {number} */ __, /** @type {number} */ ___, /** @type {number} */ step) => axisLabels(ticks, step) }],
    series: [{}, hidden, { ...hidden, show: !isLine }, { ...hidden, show: !isLine },
      isLine ? { stroke: colours.accent, width: 2, points: { show: isAlone, size: 7, fill: colours.accent }, fill: (/** @type {any} */ plot) => fillBelow(plot, colours.accent) } : hidden],
    hooks: {
      draw: [...isLine ? [] : [(/** @type {any} */ plot) => drawCandles(plot, colours, length)], (/** @type {any} */ plot) => drawLatest(plot, colours)],
      setCursor: [(/** @type {any} */ plot) => point(plot.cursor.idx ?? -1)],
    },
  }
}

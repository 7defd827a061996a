// A small line of the last hour, and the change over the same time.
import { html } from "../../web/static/shell.js"
import { quote } from "./quotes.js"
import { ChangeSince } from "./live-value.js"

const WIDTH = 120, HEIGHT = 32, EDGE = 2

/** The closes, with the newest value in the last place. @param {string} symbol @param {number[]} closes */
function lineOf(symbol, closes) {
  const now = quote(symbol).value
  return now ? [...closes.slice(0, -1), now.value] : closes
}

/** @param {{ symbol: string, closes: number[] }} props */
export function Spark({ symbol, closes }) {
  const line = lineOf(symbol, closes)
  if (line.length < 2) return html`<span class="spark"></span>`
  const low = Math.min(...line), span = Math.max(...line) - low || 1
  const points = line.map((close, index) => `${(index / (line.length - 1) * WIDTH).toFixed(1)},${(HEIGHT - EDGE - (close - low) / span * (HEIGHT - 2 * EDGE)).toFixed(1)}`)
  const classes = line[line.length - 1] >= line[0] ? "spark up" : "spark down"
  return html`<svg class=${classes} viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
    <polygon points=${`0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`} /><polyline points=${points.join(" ")} /></svg>`
}

/** The change from the beginning of the line to its end. @param {{ symbol: string, closes: number[] }} props */
export function SparkChange({ symbol, closes }) { return html`<${ChangeSince} symbol=${symbol} before=${lineOf(symbol, closes)[0]} />` }

// A small line of the last closes.
import { html } from "../../web/static/shell.js"
import { quote } from "./quotes.js"

const WIDTH = 120, HEIGHT = 32, EDGE = 2

/** @param {{ symbol: string, closes: number[] }} props */
export function Spark({ symbol, closes }) {
  const now = quote(symbol).value, line = now ? [...closes.slice(0, -1), now.value] : closes
  if (line.length < 2) return html`<span class="spark"></span>`
  const low = Math.min(...line), span = Math.max(...line) - low || 1
  const points = line.map((close, index) => `${(index / (line.length - 1) * WIDTH).toFixed(1)},${(HEIGHT - EDGE - (close - low) / span * (HEIGHT - 2 * EDGE)).toFixed(1)}`)
  const classes = line[line.length - 1] >= line[0] ? "spark up" : "spark down"
  return html`<svg class=${classes} viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
    <polygon points=${`0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`} /><polyline points=${points.join(" ")} /></svg>`
}

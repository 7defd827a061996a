// Candles on the page: those that the server keeps, and what the newest value adds to the last of them.
import { get } from "../../web/static/http.js"
import { connectionState } from "../../web/static/connection.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { quote } from "./feeds.js"

/** Start in UTC seconds, open, high, low, close. @typedef {[number, number, number, number, number]} Candle */
/** @typedef {import("./feeds.js").Quote} Quote */

/** The candles with the newest value in the last of them, or in one more. @param {Candle[]} candles @param {Quote | null} now @param {number} resolution @returns {Candle[]} */
export function grown(candles, now, resolution) {
  if (!now || !candles.length) return candles
  const start = Math.floor(now.at / resolution) * resolution, last = candles[candles.length - 1], { value } = now
  if (start < last[0]) return candles
  if (start > last[0]) return [...candles, [start, value, value, value, value]]
  const [, open, high, low] = last
  return [...candles.slice(0, -1), [start, open, Math.max(high, value), Math.min(low, value), value]]
}

/**
 * The candles of a symbol, which every value moves; loaded anew when a step begins, since the frames do not tell every tick.
 * @param {string} symbol @param {number} resolution in seconds @param {number} limit @returns {Candle[]}
 */
export function useCandles(symbol, resolution, limit) {
  const kept = useSignal(/** @type {{ resolution: number, candles: Candle[] }} */ ({ resolution, candles: [] }))
  const now = quote(symbol).value, online = connectionState.value === "online", begun = useSignal(0)
  useEffect(() => {
    let over = false
    get(`/api/symbols/${symbol}/candles?resolution=${resolution}&limit=${limit}`).then(({ ok }) => {
      if (ok && !over) kept.value = { resolution, candles: ok.candles }
    })
    return () => { over = true }
  }, [symbol, resolution, online, begun.value])
  const from = kept.value, held = useRef({ from, now, candles: from.candles }), { current } = held
  if (current.from !== from || current.now !== now) {
    held.current = { from, now, candles: grown(current.from === from ? current.candles : from.candles, now, from.resolution) }
  }
  const step = now ? Math.floor(now.at / resolution) * resolution : 0, last = from.candles[from.candles.length - 1]
  useEffect(() => { if (last && step > last[0]) begun.value = step }, [step])
  return from.resolution === resolution ? held.current.candles : []
}

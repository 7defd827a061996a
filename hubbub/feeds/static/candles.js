// Candles of a symbol: those of the server, with the newest value in the last one.
import { get } from "../../web/static/http.js"
import { connectionState } from "../../web/static/connection.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { quote } from "./quotes.js"

/** Start in UTC seconds, open, high, low, close. @typedef {[number, number, number, number, number]} Candle */
/** @typedef {import("./quotes.js").Quote} Quote */

/**
 * Return the candles with the newest value in the last one, or in a new one.
 * @param {Candle[]} candles @param {Quote | null} now @param {number} resolution @returns {Candle[]}
 */
export function withLatest(candles, now, resolution) {
  if (!now || !candles.length) return candles
  const start = Math.floor(now.at / resolution) * resolution, last = candles[candles.length - 1], { value } = now
  if (start < last[0]) return candles
  if (start > last[0]) return [...candles, [start, value, value, value, value]]
  const [, open, high, low] = last
  return [...candles.slice(0, -1), [start, open, Math.max(high, value), Math.min(low, value), value]]
}

/**
 * The candles of a symbol, updated with every value. They are loaded again at each new interval, since frames do not
 * carry every tick.
 * @param {string} symbol @param {number} resolution in seconds @param {number} limit @returns {Candle[]}
 */
export function useCandles(symbol, resolution, limit) {
  const loaded = useSignal(/** @type {{ resolution: number, candles: Candle[] }} */ ({ resolution, candles: [] }))
  const now = quote(symbol).value, online = connectionState.value === "online", stepStart = useSignal(0)
  useEffect(() => {
    let cancelled = false
    get(`/api/symbols/${encodeURIComponent(symbol)}/candles?resolution=${resolution}&limit=${limit}`).then(({ ok }) => {
      if (ok && !cancelled) loaded.value = { resolution, candles: ok.candles }
    })
    return () => { cancelled = true }
  }, [symbol, resolution, online, stepStart.value])
  const from = loaded.value, cache = useRef({ from, now, candles: from.candles }), { current } = cache
  if (current.from !== from || current.now !== now) {
    cache.current = { from, now, candles: withLatest(current.from === from ? current.candles : from.candles, now, from.resolution) }
  }
  const step = now ? Math.floor(now.at / resolution) * resolution : 0, last = from.candles[from.candles.length - 1]
  useEffect(() => { if (last && step > last[0]) stepStart.value = step }, [step])
  return from.resolution === resolution ? cache.current.candles : []
}

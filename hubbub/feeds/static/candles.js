// Candles of a symbol: those of the server, with the newest value in the last one.
import { getKept } from "../../web/static/kept.js"
import { connectionState } from "../../web/static/connection.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { quote } from "./quotes.js"
import { startOf } from "./ranges.js"

/** Start in UTC seconds, open, high, low, close. @typedef {[number, number, number, number, number]} Candle */
/** @typedef {import("./quotes.js").Quote} Quote */

/**
 * Return the candles with the newest value in the last one, or in a new one.
 * @param {Candle[]} candles @param {Quote | null} now @param {number} length in seconds @returns {Candle[]}
 */
export function withLatest(candles, now, length) {
  if (!now || !candles.length) return candles
  const start = startOf(now.at, length), last = candles[candles.length - 1], { value } = now
  if (start < last[0]) return candles
  if (start > last[0]) return [...candles, [start, value, value, value, value]]
  const [, open, high, low] = last
  return [...candles.slice(0, -1), [start, open, Math.max(high, value), Math.min(low, value), value]]
}

/**
 * The candles of a symbol, updated with every value. They are loaded again when a new one begins, since frames do not
 * carry every tick.
 * @param {string} symbol @param {number} length of a candle in seconds @param {number} span seconds up to the newest value, 0 for all @returns {Candle[]}
 */
export function useCandles(symbol, length, span) {
  const wanted = `${length}/${span}`
  const loaded = useSignal(/** @type {{ wanted: string, length: number, candles: Candle[] }} */ ({ wanted, length, candles: [] }))
  const now = quote(symbol).value, online = connectionState.value === "online", stepStart = useSignal(0)
  useEffect(() => {
    let cancelled = false
    getKept(`/api/symbols/${encodeURIComponent(symbol)}/candles?resolution=${length}&span=${span}&limit=1000`).then(({ ok }) => {
      if (ok && !cancelled) loaded.value = { wanted, length, candles: ok.candles }
    })
    return () => { cancelled = true }
  }, [symbol, wanted, online, stepStart.value])
  const from = loaded.value, cache = useRef({ from, now, candles: from.candles }), { current } = cache
  if (current.from !== from || current.now !== now) {
    cache.current = { from, now, candles: withLatest(current.from === from ? current.candles : from.candles, now, from.length) }
  }
  const step = now ? startOf(now.at, length) : 0, last = from.candles[from.candles.length - 1]
  useEffect(() => { if (last && step > last[0]) stepStart.value = step }, [step])
  return from.wanted === wanted ? cache.current.candles : []
}

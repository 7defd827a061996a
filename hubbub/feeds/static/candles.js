// Candles on the page: those that the server keeps, and what the newest value adds to the last of them.

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

// The ranges of a chart, and the lengths of candles to choose from in each.
const HOUR = 3600, DAY = 86400, WEEK = 7 * DAY
const NARROWEST = 4 // pixels from one candle to the next
const MONDAY = 3 * DAY // seconds from a Monday to 1970, as in hubbub/feeds/candles.py

/** Seconds up to the newest value, 0 for all, and the lengths of candles to choose from. @type {Record<string, { span: number, lengths: number[] }>} */
export const RANGES = {
  "1h": { span: HOUR, lengths: [60, 300] }, "1d": { span: DAY, lengths: [300, 900, HOUR] }, "1w": { span: WEEK, lengths: [HOUR, 4 * HOUR] },
  "1m": { span: 30 * DAY, lengths: [HOUR, 4 * HOUR, DAY] }, "all": { span: 0, lengths: [DAY, WEEK] },
}

/** Return the shortest candles that can be told apart. @param {string} range @param {number} width in pixels @param {number} days that the values span, for the range `all` */
export function lengthFor(range, width, days) {
  const { span, lengths } = RANGES[range]
  return lengths.find(length => (span || days * DAY) / length * NARROWEST <= width) ?? lengths[lengths.length - 1]
}

/** Return when the candle of a time begins. @param {number} at UTC seconds @param {number} length in seconds */
export function startOf(at, length) { return Math.floor(at) - (Math.floor(at) + MONDAY) % length }

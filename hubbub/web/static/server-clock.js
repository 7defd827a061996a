// The server's time, since the clock of a device may be wrong: measured with the page, and with every answer over HTTP.
import { boot } from "./boot.js"

const loaded = /** @type {PerformanceNavigationTiming | undefined} */ (performance.getEntriesByType?.("navigation")[0])?.responseStart ?? 0
let ahead = boot.now ? boot.now - (performance.timeOrigin + loaded) / 1000 : 0

/** UTC seconds now, by the server's clock. */
export function now() { return Date.now() / 1000 + ahead }

/** Note the time of an answer that came just now. @param {string | null} date its header, precise to the second */
export function noteDate(date) {
  const difference = Date.parse(date ?? "") / 1000 - Date.now() / 1000
  if (Math.abs(difference - ahead) > 2) ahead = difference
}

// The newest values of symbols, with one watch for the whole page.
import * as connection from "../../web/static/connection.js"
import { boot } from "../../web/static/boot.js"
import { keepPart, keepSoon } from "../../web/static/keep-channels.js"
import { find, isKeeping } from "../../web/static/kept.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {{ value: number, at: number, open: number, high: number, low: number }} Quote */
/** @typedef {import("../../web/static/vendor/preact.js").Signal<Quote | null>} Live */
/** @typedef {{ symbols: string[], rate: number }} Watch */

const SLOWEST = 5000, MAX_SYMBOLS = 200, RETRY_DELAY = 2000

/** @type {Map<string, Live>} */
const quotes = new Map()
/** @type {Set<Watch>} */
const watches = new Set()
let sentWatch = "", timer = 0

/** Return the quote of a symbol; null until one is known. @param {string} symbol @returns {Live} */
export function quote(symbol) {
  let known = quotes.get(symbol)
  if (!known) quotes.set(symbol, known = signal(null))
  return known
}

/** @param {Record<string, Quote>} values */
function setQuotes(values) {
  for (const [symbol, value] of Object.entries(values)) quote(symbol).value = value
}

/** Watch all symbols that are shown, at the fastest of the requested rates. */
async function sendWatch() {
  timer = 0
  const symbols = [...new Set([...watches].flatMap(wish => wish.symbols))].sort().slice(0, MAX_SYMBOLS)
  const rate = Math.min(SLOWEST, ...[...watches].map(wish => wish.rate)), wanted = JSON.stringify([symbols, rate])
  if (wanted === sentWatch || !connection.isConnected()) return
  sentWatch = wanted
  const { ok, error, code } = await connection.request("watch", { symbols, rate })
  if (!error) { setQuotes(ok.values); keepSoon(); return }
  sentWatch = ""
  if (code !== "offline" && code !== "denied") setTimeout(scheduleWatch, RETRY_DELAY)
}

function scheduleWatch() { timer ||= /** @type {any} */ (setTimeout(sendWatch, 20)) }

/**
 * Keep these symbols up to date, at most once per `rate` ms. Return how to stop.
 * @param {string[]} symbols @param {number} rate
 */
export function watchSymbols(symbols, rate) {
  const watch = { symbols, rate }
  watches.add(watch)
  scheduleWatch()
  return () => {
    watches.delete(watch)
    scheduleWatch()
  }
}

/** The quotes that an earlier page kept. @type {Record<string, Quote>} */
let before = boot.quotes ?? {}
setQuotes(before)
if (isKeeping() && !boot.quotes) find("part:quotes").then(kept => { before = kept?.value ?? {} })
keepPart("quotes", () => {
  const known = [...quotes].flatMap(([symbol, { value }]) => value ? [[symbol, value]] : [])
  return known.length ? Object.fromEntries([...Object.entries(before), ...known].slice(-MAX_SYMBOLS)) : undefined
})
connection.onConnect(() => {
  sentWatch = ""
  if (watches.size) scheduleWatch()
})
connection.onEvent((event, payload) => {
  if (event !== "latest") return
  setQuotes(payload.values)
  connection.emit("ack_latest", { version: payload.version })
})

// The newest values of symbols: one watch for the whole page, whatever parts of it look at which symbols.
import * as connection from "../../web/static/connection.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {{ value: number, at: number, open: number, high: number, low: number }} Quote */
/** @typedef {import("../../web/static/vendor/preact.js").Signal<Quote | null>} Live */
/** @typedef {{ symbols: string[], rate: number }} Wish */

const SLOW = 5000, MOST = 200, AGAIN = 2000

/** @type {Map<string, Live>} */
const quotes = new Map()
/** @type {Set<Wish>} */
const wishes = new Set()
let asked = "", due = 0

/** How a symbol stands; null until something is known. @param {string} symbol @returns {Live} */
export function quote(symbol) {
  let known = quotes.get(symbol)
  if (!known) quotes.set(symbol, known = signal(null))
  return known
}

/** @param {Record<string, Quote>} values */
function take(values) {
  for (const [symbol, value] of Object.entries(values)) quote(symbol).value = value
}

/** Ask for what all parts wish for together, at the quickest of their rates. */
async function ask() {
  due = 0
  const symbols = [...new Set([...wishes].flatMap(wish => wish.symbols))].sort().slice(0, MOST)
  const rate = Math.min(SLOW, ...[...wishes].map(wish => wish.rate)), wanted = JSON.stringify([symbols, rate])
  if (wanted === asked || !connection.isConnected()) return
  asked = wanted
  const { ok, error, code } = await connection.request("watch", { symbols, rate })
  if (error === undefined) { take(ok.values); return }
  asked = ""
  if (code !== "offline" && code !== "denied") setTimeout(askSoon, AGAIN)
}

function askSoon() { due ||= /** @type {any} */ (setTimeout(ask, 20)) }

/** Keep these symbols up to date, at most once in `rate` ms; returns how to stop. @param {string[]} symbols @param {number} rate */
export function watching(symbols, rate) {
  const wish = { symbols, rate }
  wishes.add(wish)
  askSoon()
  return () => {
    wishes.delete(wish)
    askSoon()
  }
}

connection.onConnect(() => {
  asked = ""
  if (wishes.size) askSoon()
})
connection.onEvent((event, payload) => {
  if (event !== "latest") return
  take(payload.values)
  connection.emit("took", { version: payload.version })
})

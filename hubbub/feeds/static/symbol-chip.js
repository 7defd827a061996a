// A symbol in a message: its value when the message was sent, and now.
import { html } from "../../web/static/shell.js"
import { useEffect } from "../../web/static/vendor/preact.js"
import { momentOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { quote, watchSymbols } from "./quotes.js"
import { number, percent, direction } from "./numbers.js"

const RATE = 1000

/** @param {{ name: string, value: number, at: number }} props */
export function Chip({ name, value, at }) {
  useEffect(() => watchSymbols([name], RATE), [name])
  const now = quote(name).value, moved = now && now.value !== value ? direction(now.value, value) : null
  const title = t(now ? "feeds.chip.title" : "feeds.chip.then", { value: number(value), when: momentOf(at), now: now ? number(now.value) : "" })
  return html`<a class="symbol-chip" href=${`/feed/${encodeURIComponent(name)}`} title=${title}><b>${name}</b> <span class="then">${number(value)}</span>
    ${moved && now && html` <span class=${`now ${moved.className}`}><span aria-hidden="true">${moved.sign}</span><span class="visually-hidden">${moved.word}</span> ${number(now.value)} <span class="percent">${percent(now.value, value)}</span></span>`}</a>`
}

// A symbol in the sidebar: its line of the last hour and its value, both live.
import { get } from "../../web/static/http.js"
import { path } from "../../web/static/router.js"
import { html } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { Value } from "./live-value.js"
import { watchSymbols } from "./quotes.js"
import { Spark } from "./sparkline.js"

const RATE = 1000, AGAIN = 60_000, MINUTES = 60

/** @param {{ channel: string }} props */
export function SidebarSymbol({ channel }) {
  const name = channel.slice(5), part = encodeURIComponent(name), closes = useSignal(/** @type {number[]} */ ([]))
  useEffect(() => watchSymbols([name], RATE), [name])
  useLoad(() => {
    const load = () => get(`/api/symbols/${part}/candles?limit=${MINUTES}`).then(({ ok }) => { if (ok) closes.value = ok.candles.map((/** @type {number[]} */ [, , , , close]) => close) })
    load()
    const timer = setInterval(load, AGAIN)
    return () => clearInterval(timer)
  }, [name])
  return html`<a class="row" href=${`/feed/${part}`} aria-current=${path.value === `/feed/${part}` ? "page" : undefined}>
    <span class="label">${name}</span><${Spark} symbol=${name} closes=${closes.value} /><${Value} symbol=${name} /></a>`
}

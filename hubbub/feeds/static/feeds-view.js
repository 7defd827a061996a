// All symbols by feed: value, sparkline and change of the last hour.
import { send } from "../../web/static/http.js"
import { getKept } from "../../web/static/kept.js"
import { KeptSince } from "../../web/static/kept-since.js"
import { connectionState } from "../../web/static/connection.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { fold, t } from "../../web/static/strings.js"
import { me } from "../../people/static/me.js"
import { watchSymbols } from "./quotes.js"
import { HowTo } from "./publish-help.js"
import { Spark, SparkChange } from "./sparkline.js"
import { Age, Value } from "./live-value.js"

/** @typedef {{ name: string, title: string, feed: string, demo: boolean, sparkline: number[] }} Listed */
/** @typedef {{ name: string, title: string, demo: boolean, created_by: number }} Feed */

const RATE = 250, AGAIN = 20_000, MANY = 8

/** @param {{ symbol: Listed }} props */
function Row({ symbol: { name, title, sparkline } }) {
  return html`<li><a class="quote-row" href=${`/feed/${encodeURIComponent(name)}`}>
    <span class="who"><b>${name}</b><span dir="auto">${title}</span></span>
    <${Spark} symbol=${name} closes=${sparkline} />
    <span class="figures"><${Value} symbol=${name} /><${Age} symbol=${name} /><${SparkChange} symbol=${name} closes=${sparkline} /></span></a></li>`
}

/** @param {{ refresh: () => void }} props */
function Empty({ refresh }) {
  const problem = useSignal(""), busy = useSignal(false), guest = me.value?.role === "guest"
  async function start() {
    busy.value = true
    const { error } = await send("POST", "/api/market")
    problem.value = error ?? ""
    busy.value = false
    refresh()
  }
  return html`<div class="empty"><${Icon} name="chart-line" /><h2>${t("feeds.none")}</h2><p>${t("feeds.none.why")}</p>
    ${!guest && html`<button class="primary" type="button" disabled=${busy.value} onClick=${start}>${t("feeds.market.start")}</button>`}
    <p class="error-text" role="alert">${problem.value}</p></div>${!guest && html`<${HowTo} />`}`
}

export function FeedsView() {
  const found = useSignal(/** @type {{ feeds: Feed[], symbols: Listed[] } | null} */ (null)), problem = useSignal(""), since = useSignal(0), word = useSignal("")
  async function refresh() {
    const { ok, error, at = 0 } = await getKept("/api/feeds")
    since.value = at
    problem.value = found.value ? "" : error ?? ""
    if (ok) found.value = ok
  }
  const online = connectionState.value === "online"
  useEffect(() => {
    refresh()
    const timer = setInterval(refresh, AGAIN)
    return () => clearInterval(timer)
  }, [online])
  const all = found.value?.symbols ?? [], names = all.map(({ name }) => name)
  useEffect(() => watchSymbols(names, RATE), [names.join()])
  if (problem.value) return html`<div class="empty"><${Icon} name="circle-alert" /><p>${problem.value}</p></div>`
  if (!found.value) return html`<div class="empty" aria-busy="true"><${Icon} name="loader-circle" spin /></div>`
  if (!all.length) return html`<div class="feeds"><${Empty} refresh=${refresh} /></div>`
  const low = fold(word.value)
  const shown = all.filter(({ name, title }) => fold(name).includes(low) || fold(title).includes(low))
  return html`<div class="feeds">
    <${KeptSince} at=${since.value} />
    ${all.length > MANY && html`<input class="field" type="search" aria-label=${t("feeds.find")} placeholder=${t("feeds.find")} value=${word.value}
      onInput=${(/** @type {any} */ event) => { word.value = event.target.value }} />`}
    ${found.value.feeds.map(feed => {
      const mine = shown.filter(symbol => symbol.feed === feed.name)
      return mine.length > 0 && html`<section key=${feed.name}><h2><span dir="auto">${feed.title}</span>${feed.demo && html` <span class="made-up">${t("feeds.market.label")}</span>`}<small class="since">${t("feeds.since.hour")}</small></h2>
        <ul class="quotes" aria-label=${feed.title}>${mine.map(symbol => html`<${Row} key=${symbol.name} symbol=${symbol} />`)}</ul></section>`
    })}
    ${!shown.length && html`<p class="hint">${t("feeds.nothing")}</p>`}
    <details class="publish"><summary>${t("feeds.how")}</summary><${HowTo} /></details>
  </div>`
}

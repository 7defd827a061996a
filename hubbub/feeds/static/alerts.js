// My alerts about a symbol: notify me when its value crosses a level.
import { get, send } from "../../web/static/http.js"
import { FieldProblem, useForm } from "../../web/static/form-fields.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { ago } from "../../web/static/dates.js"
import { locale, once, t } from "../../web/static/strings.js"
import { quote } from "./quotes.js"
import { number } from "./numbers.js"
import { readNumber } from "./read-number.js"

/** @typedef {{ id: number, symbol: string, level: number, direction: string, once: boolean, fired: number, at: number | null, active: boolean }} Alert */

const bare = once(() => new Intl.NumberFormat(locale(), { useGrouping: false, maximumFractionDigits: 15 }))

/** Whether a level is nearer to the current value than another one. @param {number} level @param {number} other @param {number} [now] */
function isNearer(level, other, now) {
  const distance = (/** @type {number} */ value) => Math.abs(Math.log(value / Number(now)))
  return distance(level) < distance(other)
}

/** The status of an alert. @param {Alert} alert */
function statusOf({ once, fired, at, active }) {
  if (!fired) return t(once ? "feeds.alert.waits" : "feeds.alert.waits.always")
  return t(active ? "feeds.alert.fired.always" : "feeds.alert.fired", { n: fired, when: ago(at ?? 0) })
}

/** @param {{ symbol: string }} props */
export function Alerts({ symbol }) {
  const mine = useSignal(/** @type {Alert[]} */ ([])), level = useSignal(""), direction = useSignal("above"), always = useSignal(false)
  const load = () => get("/api/alerts").then(({ ok }) => { if (ok) mine.value = ok.filter((/** @type {Alert} */ one) => one.symbol === symbol) })
  const now = quote(symbol).value
  const there = now && mine.value.map(alert => alert.active && (alert.direction === "above" ? now.value >= alert.level : now.value <= alert.level)).join()
  useEffect(() => { load() }, [symbol, there])
  const form = useForm(async () => {
    const { value, other } = readNumber(level.value)
    if (!Number.isFinite(value)) return { error: t("feeds.alert.number", { example: number(now?.value ?? 1234.5) }), field: "level" }
    if (other !== undefined && !isNearer(value, other, now?.value)) return { error: t("feeds.alert.unclear", { level: level.value, one: bare().format(value), other: bare().format(other) }), field: "level" }
    const answer = await send("POST", "/api/alerts", { symbol, level: value, direction: direction.value, once: !always.value })
    load()
    if (answer.error) return answer
    level.value = ""
  }, "alert-")
  /** @param {number} id */
  async function remove(id) {
    await send("DELETE", `/api/alerts/${id}`)
    load()
  }
  return html`<section class="alerts" aria-labelledby="alerts-title"><h2 id="alerts-title"><${Icon} name="bell" />${t("feeds.alert.title")}</h2>
    <form class="alert-form" onSubmit=${form.submit}>
      <label>${t("feeds.alert.when", { symbol })} <select class="field" value=${direction.value} onChange=${(/** @type {any} */ event) => { direction.value = event.target.value }}>
        ${["above", "below"].map(one => html`<option value=${one}>${t(`feeds.alert.${one}`)}</option>`)}</select></label>
      <input class="field" ...${form.attributesOf("level")} inputmode="decimal" aria-label=${t("feeds.alert.level")} placeholder=${now ? number(now.value) : ""} value=${level.value}
        onInput=${(/** @type {any} */ event) => { level.value = event.target.value }} />
      <label class="check"><input type="checkbox" checked=${always.value} onChange=${(/** @type {any} */ event) => { always.value = event.target.checked }} /> ${t("feeds.alert.always")}</label>
      <button class="plain" type="submit">${t("feeds.alert.add")}</button></form>
    <${FieldProblem} form=${form} name="level" /><${FieldProblem} form=${form} />
    ${mine.value.length > 0 && html`<ul class="server-list">${mine.value.map(alert => html`<li key=${alert.id}><${Icon} name=${alert.active ? "bell" : "check"} />
      <span class="label"><b>${t(`feeds.alert.is.${alert.direction}`, { level: number(alert.level) })}</b><small>${statusOf(alert)}</small></span>
      <button class="ghost" type="button" aria-label=${t("feeds.alert.remove", { level: number(alert.level) })} onClick=${() => remove(alert.id)}><${Icon} name="trash-2" /></button></li>`)}</ul>`}
  </section>`
}

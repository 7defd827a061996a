// All my rules on one page: grouped, found by a word once there are many, each removed with one press.
import { get } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { fold, t } from "../../web/static/strings.js"
import { applyLevel } from "./level-menu.js"
import { RuleForm } from "./rule-form.js"
import { changed, nameOf, removeRule, replaceRule } from "./rules.js"

/** @typedef {import("./rules.js").Shown} Shown */

const MANY = 8 // rules from which on there is a field to search them
/** The kinds in their order, with their icons. */
const KINDS = Object.entries({ room: "hash", thread: "message-square-text", keyword: "text-quote", person: "circle-user", document: "file-text", priority: "circle-alert", alert: "chart-line" })
const LEVELS = ["", "everything", "mentions", "nothing", "hidden"]

/** @param {{ rule: Shown, icon: string }} props */
function Row({ rule, icon }) {
  const { kind, channel = "", level = "", title } = rule, name = nameOf(rule)
  const muted = level === "nothing" || level === "hidden" || level === "muted"
  /** @param {any} event */
  const choose = ({ target }) => kind === "room" ? applyLevel(channel, target.value).then(() => { changed.value++ }) : replaceRule({ ...rule, level: target.value }, rule)
  const choices = kind === "room" ? LEVELS.map(one => [one, t(`notifications.level.${one || "usual"}`)]) : kind === "thread" ? ["followed", "muted"].map(one => [one, t(`notifications.rules.${one}`)]) : []
  return html`<li><${Icon} name=${muted ? "bell-off" : icon} /><span class="label"><b dir="auto">${name}</b>${kind === "thread" && title && html`<small dir="auto">${title}</small>`}</span>
    ${choices.length > 0 && html`<select class="field" aria-label=${t("notifications.level.of", { name })} value=${level} onChange=${choose}>${choices.map(([value, label]) => html`<option value=${value} selected=${value === level}>${label}</option>`)}</select>`}
    <button class="ghost" type="button" title=${t("notifications.rules.remove")} aria-label=${t("notifications.rules.remove.name", { name })} onClick=${() => removeRule(rule)}><${Icon} name="x" /></button></li>`
}

export function RulesView() {
  const rules = useSignal(/** @type {Shown[] | null} */ (null)), problem = useSignal(""), word = useSignal("")
  useLoad(() => {
    let isOld = false
    get("/api/rules").then(({ ok, error }) => {
      if (isOld) return
      if (ok) rules.value = ok
      problem.value = error ?? ""
    })
    return () => { isOld = true }
  }, [changed.value])
  const all = rules.value ?? [], wanted = fold(word.value.trim())
  const shown = all.filter(rule => !wanted || fold(`${nameOf(rule)} ${rule.title}`).includes(wanted))
  const groups = KINDS.map(([kind, icon]) => ({ kind, icon, found: shown.filter(rule => rule.kind === kind) })).filter(({ found }) => found.length)
  return html`<p>${t("notifications.rules.about")}</p><${RuleForm} />
    ${problem.value && html`<p class="error-text" role="alert">${problem.value}</p>`}
    ${all.length >= MANY && html`<input class="field" type="search" aria-label=${t("notifications.rules.find")} placeholder=${t("notifications.rules.find")} value=${word.value} onInput=${(/** @type {any} */ event) => { word.value = event.target.value }} />`}
    ${groups.map(({ kind, icon, found }) => html`<section class="rules" key=${kind} aria-labelledby=${`rules-${kind}`}><h3 id=${`rules-${kind}`}>${t(`notifications.rules.${kind}`)}</h3>
      <ul class="server-list">${found.map(rule => html`<${Row} key=${`${rule.channel}/${rule.root}/${rule.word}/${rule.about}/${kind === "alert" ? rule.level : ""}`} rule=${rule} icon=${icon} />`)}</ul></section>`)}
    ${rules.value && !groups.length && html`<p class="hint">${t(wanted ? "notifications.rules.none.found" : "notifications.rules.none")}</p>`}`
}

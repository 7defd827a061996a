// The form that adds a rule: a keyword, a person, a document to watch, or a least priority.
import { Field, FieldProblem, Problem, useForm } from "../../web/static/form-fields.js"
import { get } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { PeopleField } from "../../people/static/people-field.js"
import { addRule } from "./rules.js"

const KINDS = ["keyword", "person", "document", "priority"]

/** Documents to choose from. @param {{ form: import("../../web/static/form-fields.js").Form }} props */
function Documents({ form }) {
  const found = useSignal(/** @type {any[]} */ ([])), problem = useSignal("")
  useLoad(() => {
    get("/api/documents").then(({ ok, error }) => {
      if (ok) found.value = ok
      problem.value = error ?? ""
    })
  })
  return html`<select class="field" ...${form.attributesOf("channel")} aria-label=${t("notifications.rules.document")} required>${found.value.map(({ id, title }) => html`<option value=${`doc:${id}`}>${title}</option>`)}</select>
    <${Problem} words=${problem.value} /><${FieldProblem} form=${form} name="channel" />`
}

export function RuleForm() {
  const kind = useSignal("keyword"), chosen = useSignal(/** @type {number[]} */ ([]))
  const form = useForm(async ({ word = "", channel = "", about = "0" }) => {
    if (kind.value === "person" && !chosen.value.length) return { error: t("notifications.rules.person.missing"), field: "people" }
    const rules = kind.value === "person" ? chosen.value.map(id => ({ kind: "person", about: id })) : [{ kind: kind.value, word, channel, about: Number(about) }]
    for (const rule of rules) {
      const answer = await addRule(rule)
      if (answer.error) return { ...answer, field: kind.value === "person" ? "people" : kind.value === "keyword" ? "word" : "" }
    }
    chosen.value = []
    const input = /** @type {HTMLInputElement | null} */ (document.getElementById("rule-word"))
    if (input) input.value = ""
  }, "rule-")
  return html`<form class="form rule-form" onSubmit=${form.submit}>
    <div class="segments" role="group" aria-label=${t("notifications.rules.add.kind")}>${KINDS.map(one => html`<label><input type="radio" name="kind" checked=${kind.value === one} onChange=${() => { kind.value = one }} />${t(`notifications.rules.add.${one}`)}</label>`)}</div>
    <div class="rule-value">
      ${kind.value === "keyword" && html`<${Field} form=${form} name="word" label=${t("notifications.rules.word")} hint=${t("notifications.rules.word.hint")} required maxlength="60" autocomplete="off" />`}
      ${kind.value === "person" && html`<div class="labelled"><label for="rule-people">${t("notifications.rules.person.hint")}</label><${PeopleField} id="rule-people" chosen=${chosen} form=${form} /></div>`}
      ${kind.value === "document" && html`<div class="labelled"><label for="rule-channel">${t("notifications.rules.document.hint")}</label><${Documents} form=${form} /></div>`}
      ${kind.value === "priority" && html`<div class="labelled"><label for="rule-about">${t("notifications.rules.priority.hint")}</label>
        <select class="field" ...${form.attributesOf("about")}>${[5, 4, 3, 2, 1].map(n => html`<option value=${n}>${t("notifications.rules.priority.least", { n })}</option>`)}</select><${FieldProblem} form=${form} name="about" /></div>`}
    </div><${FieldProblem} form=${form} />
    <div class="buttons"><button class="primary" aria-busy=${form.busy.value ? "true" : "false"}><${Icon} name="plus" />${t("notifications.rules.add")}</button></div></form>`
}

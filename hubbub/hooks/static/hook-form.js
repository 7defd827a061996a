// Change a webhook: its name and icon, its room, and the template for JSON in an unknown format, with a preview.
import { Field, FieldProblem, useForm } from "../../web/static/form-fields.js"
import { send } from "../../web/static/http.js"
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { toast } from "../../web/static/toast.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { Prose } from "../../chat/static/prose.js"
import { IconField } from "./new-hook.js"

const FIELD = "{{ alert.title }}"

/** @param {{ hook: import("./types").Hook, onChanged: () => Promise<unknown> }} props */
export function HookForm({ hook, onChanged }) {
  const icon = useSignal(hook.icon), template = useSignal(hook.template), shown = useSignal({ text: "", problem: "" })
  const form = useForm(async ({ name, locked, template: typed }) => {
    const answer = await send("PATCH", `/api/hooks/${hook.id}`, { name, icon: icon.value, locked: locked === "on", template: typed })
    if (answer.error) return answer
    toast(t("hooks.saved"))
    await onChanged()
  }, `hook-${hook.id}-`)
  async function preview() {
    const { ok, error } = await send("POST", `/api/hooks/${hook.id}/preview`, { template: template.value })
    shown.value = { text: ok?.text ?? "", problem: error ?? "" }
  }
  const attributes = form.attributesOf("template", true)
  return html`<form class="form" onSubmit=${form.submit}><h3>${t("hooks.change")}</h3>
    <div class="icon-and-name"><${IconField} icon=${icon} /><${Field} form=${form} name="name" label=${t("hooks.name")} value=${hook.name} required maxlength="40" autocomplete="off" /></div>
    <label class="check"><input type="checkbox" name="locked" checked=${hook.locked} />${t("hooks.locked")}</label>
    <div class="labelled"><label for=${attributes.id}>${t("hooks.template")}</label>
      <textarea class="field" ...${attributes} rows="3" dir="auto" maxlength="4000" placeholder=${`**${FIELD}**`} value=${template.value} onInput=${(/** @type {any} */ event) => { template.value = event.target.value }}></textarea>
      <p class="hint" id=${`${attributes.id}-hint`}>${t("hooks.template.hint", { example: FIELD })}</p><${FieldProblem} form=${form} name="template" /></div>
    ${shown.value.text && html`<div class="preview"><${Prose} text=${shown.value.text} mentions=${{}} /></div>`}
    ${shown.value.problem && html`<p class="hint" role="status">${shown.value.problem}</p>`}
    <${FieldProblem} form=${form} />
    <div class="buttons"><button class="plain" type="button" disabled=${!template.value.trim()} onClick=${preview}>${t("hooks.template.preview")}</button>
      <button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t("hooks.save")}</button></div></form>`
}

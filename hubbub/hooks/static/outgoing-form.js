// Change an outgoing webhook: where it sends to, and in which format.
import { Field, FieldProblem, useForm } from "../../web/static/form-fields.js"
import { send } from "../../web/static/http.js"
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { toast } from "../../web/static/toast.js"

/** @param {{ hook: import("./types").Outgoing, onChanged: () => Promise<unknown> }} props */
export function OutgoingForm({ hook, onChanged }) {
  const form = useForm(async ({ url, about = "", json }) => {
    const answer = await send("PATCH", `/api/outgoing/${hook.id}`, { url, about, format: json === "on" ? "json" : "form" })
    if (answer.error) return answer
    toast(t("hooks.saved"))
    await onChanged()
  }, `out-${hook.id}-`)
  return html`<form class="form" onSubmit=${form.submit}><h3>${t("hooks.change")}</h3>
    <${Field} form=${form} name="url" label=${t("hooks.out.url")} value=${hook.url} type="url" required maxlength="1000" autocomplete="off" />
    ${hook.trigger === "command" && html`<${Field} form=${form} name="about" label=${t("hooks.out.about")} value=${hook.about} maxlength="100" autocomplete="off" />`}
    <label class="check"><input type="checkbox" name="json" checked=${hook.format === "json"} />${t("hooks.out.json")}</label>
    <${FieldProblem} form=${form} /><div class="buttons"><button class="primary" aria-busy=${form.busy.value ? "true" : "false"}>${t("hooks.save")}</button></div></form>`
}

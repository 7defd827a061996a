// The dialog that renames a document.
import { Dialog } from "../../web/static/dialog.js"
import { html } from "../../web/static/shell.js"
import { Field, useForm } from "../../web/static/form-fields.js"
import { t } from "../../web/static/strings.js"

/** @param {{ title: string, save: (title: string) => Promise<import("../../web/static/types").Answer>, close: () => void }} props */
export function TitleDialog({ title, save, close }) {
  const form = useForm(async fields => {
    const answer = await save(fields.title)
    if (answer.error) return answer
    close()
  }, "document-")
  return html`<${Dialog} title=${t("documents.document.rename")} onClose=${close}><form class="form" onSubmit=${form.submit}>
    <${Field} form=${form} name="title" label=${t("documents.document.title")} defaultValue=${title} maxlength="120" required autocomplete="off" autofocus />
    <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("documents.document.cancel")}</button><button class="primary">${t("documents.document.save")}</button></div>
  </form><//>`
}

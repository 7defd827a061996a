// The dialog that renames a document.
import { Dialog } from "../../web/static/dialog.js"
import { html } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"

/** @param {{ title: string, save: (title: string) => Promise<string | undefined>, close: () => void }} props */
export function TitleDialog({ title, save, close }) {
  const problem = useSignal("")
  /** @param {any} event */
  async function submit(event) {
    event.preventDefault()
    const error = await save(event.target.elements.title.value)
    if (!error) close()
    else problem.value = error
  }
  return html`<${Dialog} title=${t("documents.document.rename")} onClose=${close}><form class="form" onSubmit=${submit}>
    <label>${t("documents.document.title")}<input class="field" name="title" defaultValue=${title} maxlength="120" required autocomplete="off" dir="auto" autofocus /></label>
    <p class="error-text" role="alert">${problem.value}</p>
    <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("documents.document.cancel")}</button><button class="primary">${t("documents.document.save")}</button></div>
  </form><//>`
}

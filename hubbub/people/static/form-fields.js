// Form fields with a label, a hint and their error.
import { html, Icon } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"

/** @param {{ name: string, label: string, hint?: string, problem?: string, [attribute: string]: any }} props */
export function Field({ name, label, hint = "", problem = "", ...more }) {
  const described = [hint && `${name}-hint`, problem && `${name}-problem`].filter(Boolean).join(" ")
  return html`<div class="labelled"><label for=${name}>${label}</label>
    <input class="field" id=${name} name=${name} aria-invalid=${problem ? "true" : "false"} aria-describedby=${described || undefined} dir="auto" ...${more} />
    ${hint && html`<p class="hint" id=${`${name}-hint`}>${hint}</p>`}
    <${Problem} id=${`${name}-problem`} words=${problem} /></div>`
}

/** @param {{ words: string, id?: string }} props */
export function Problem({ words, id }) {
  return html`<p class="error-text" id=${id} role="alert">${words && html`<${Icon} name="circle-alert" /><span>${words}</span>`}</p>`
}

/**
 * A password field with a button to show it.
 * @param {{ name: string, label: string, hint?: string, problem?: string, fresh?: boolean }} props
 */
export function PasswordField({ name, label, hint = "", problem = "", fresh = false }) {
  const visible = useSignal(false)
  return html`<div class="labelled password"><label for=${name}>${label}</label>
    <span class="password-row"><input class="field" id=${name} name=${name} type=${visible.value ? "text" : "password"} required minlength=${fresh ? 10 : undefined} maxlength="1000"
      autocomplete=${fresh ? "new-password" : "current-password"} autocapitalize="off" spellcheck="false"
      aria-invalid=${problem ? "true" : "false"} aria-describedby=${hint ? `${name}-hint` : undefined} />
      <button class="plain" type="button" aria-pressed=${visible.value ? "true" : "false"} aria-controls=${name} onClick=${() => { visible.value = !visible.value }}>
        ${visible.value ? t("people.join.hide") : t("people.join.show")}</button></span>
    ${hint && html`<p class="hint" id=${`${name}-hint`}>${hint}</p>`}
    <${Problem} words=${problem} /></div>`
}

/**
 * A form that submits its fields once at a time.
 * @param {(fields: Record<string, string>) => Promise<string>} act returns the error, or ""
 */
export function useForm(act) {
  const problem = useSignal(""), busy = useSignal(false)
  /** @param {any} event */
  async function submit(event) {
    event.preventDefault()
    if (busy.value) return
    busy.value = true
    problem.value = ""
    const fields = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(event.target)))
    problem.value = await act(fields)
    busy.value = false
    if (problem.value) event.target.querySelector("input:not([type=radio])")?.focus()
  }
  return { problem, busy, submit }
}

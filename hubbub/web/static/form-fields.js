// Forms: fields with a label, a hint and their error, and a submit that attaches the server's error to its field.
import { html, Icon } from "./shell.js"
import { useSignal } from "./vendor/preact.js"
import { t } from "./strings.js"

/** @typedef {{ error?: string, id?: string, params?: Record<string, any>, field?: string }} Failure an answer with an error, or one of the page's own about a field */
/** @typedef {ReturnType<typeof useForm>} Form */

/**
 * Return the field that an error is about: the one it names, the one in its id (`error.room_name_taken`), or the only one.
 * @param {Failure} failure @param {string[]} names
 */
export function fieldOf({ id = "", params, field = "" }, names) {
  return names.find(name => name === (field || params?.field)) ?? names.find(name => id.startsWith(`error.${name}_`))
    ?? names.find(name => id.split(/[._]/).includes(name)) ?? (names.length === 1 ? names[0] : "")
}

/**
 * A form that submits its fields once at a time. An error is shown at its field, which gets the focus.
 * @param {(fields: Record<string, string>) => Promise<Failure | void>} act @param {string} [prefix] of the fields' ids
 */
export function useForm(act, prefix = "") {
  const problem = useSignal({ field: "", words: "" }), busy = useSignal(false)
  /** @param {any} event */
  async function submit(event) {
    event.preventDefault()
    if (busy.value) return
    busy.value = true
    problem.value = { field: "", words: "" }
    const { elements } = event.target
    const failure = await act(/** @type {Record<string, string>} */ (Object.fromEntries(new FormData(event.target))))
    busy.value = false
    if (!failure?.error) return
    const fields = [...elements].filter(({ name, type, readOnly }) => name && !readOnly && !/radio|checkbox|hidden/.test(type))
    const field = fieldOf(failure, fields.map(({ name }) => name))
    problem.value = { field, words: failure.error }
    fields.find(({ name }) => name === field)?.focus() // several may have the name
  }
  /** The attributes of a field's input. @param {string} name @param {boolean} [hint] */
  function attributesOf(name, hint = false) {
    const id = prefix + name, wrong = problem.value.field === name && problem.value.words !== ""
    const described = [hint && `${id}-hint`, wrong && `${id}-problem`].filter(Boolean).join(" ")
    return { id, name, "aria-invalid": wrong ? "true" : "false", "aria-describedby": described || undefined }
  }
  return { problem, busy, submit, attributesOf }
}

/** The error of a field, or without a name that of the whole form. @param {{ form: Form, name?: string }} props */
export function FieldProblem({ form, name = "" }) {
  const { field, words } = form.problem.value
  return html`<${Problem} id=${name ? `${form.attributesOf(name).id}-problem` : undefined} words=${field === name ? words : ""} />`
}

/** @param {{ form: Form, name: string, label: any, hint?: string, [attribute: string]: any }} props */
export function Field({ form, name, label, hint = "", ...more }) {
  const attributes = form.attributesOf(name, hint !== "")
  return html`<div class="labelled"><label for=${attributes.id}>${label}</label>
    <input class="field" ...${attributes} dir="auto" ...${more} />
    ${hint && html`<p class="hint" id=${`${attributes.id}-hint`}>${hint}</p>`}
    <${FieldProblem} form=${form} name=${name} /></div>`
}

/** @param {{ words: string, id?: string }} props */
export function Problem({ words, id }) {
  return html`<p class="error-text" id=${id} role="alert">${words && html`<${Icon} name="circle-alert" /><span>${words}</span>`}</p>`
}

/** A password field with a button to show it. @param {{ form: Form, name: string, label: string, hint?: string, fresh?: boolean }} props */
export function PasswordField({ form, name, label, hint = "", fresh = false }) {
  const visible = useSignal(false), attributes = form.attributesOf(name, hint !== "")
  return html`<div class="labelled password"><label for=${attributes.id}>${label}</label>
    <span class="password-row"><input class="field" ...${attributes} type=${visible.value ? "text" : "password"} required minlength=${fresh ? 10 : undefined} maxlength="1000"
      autocomplete=${fresh ? "new-password" : "current-password"} autocapitalize="off" spellcheck="false" />
      <button class="plain" type="button" aria-pressed=${visible.value ? "true" : "false"} aria-controls=${attributes.id} onClick=${() => { visible.value = !visible.value }}>
        ${visible.value ? t("people.join.hide") : t("people.join.show")}</button></span>
    ${hint && html`<p class="hint" id=${`${attributes.id}-hint`}>${hint}</p>`}
    <${FieldProblem} form=${form} name=${name} /></div>`
}

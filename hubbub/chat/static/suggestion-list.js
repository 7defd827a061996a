// The autocomplete list above the composer, which keeps the focus.
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"

/** @param {import("./suggestions.js").Suggestion} suggestion */
function Picture({ person, picture, icon = "hash" }) {
  if (person) return html`<${Avatar} id=${person} small />`
  return picture ? html`<span class="picture">${picture}</span>` : html`<${Icon} name=${icon} />`
}

/** @param {{ id: string, suggestions: import("./suggestions.js").Suggestion[], chosen: number, accept: (index: number) => void }} props */
export function SuggestionList({ id, suggestions, chosen, accept }) {
  return html`<p class="visually-hidden" role="status">${t("chat.suggestions.count", { n: suggestions.length })}</p>
  <ul class="suggestions" id=${id} role="listbox" aria-label=${t("chat.suggestions.label")}>${suggestions.map((suggestion, index) => html`
    <li key=${suggestion.id} id=${`${id}-${index}`} class=${suggestion.dim ? "dim" : ""} role="option" aria-selected=${index === chosen ? "true" : "false"}
      onPointerDown=${(/** @type {Event} */ event) => { event.preventDefault() }} onClick=${() => accept(index)}>
      <${Picture} ...${suggestion} /><b dir="auto">${suggestion.label}</b>${suggestion.value && html`<i dir="auto">${suggestion.value}</i>`}
      ${suggestion.note && html`<span dir="auto">${suggestion.note}</span>`}</li>`)}</ul>`
}

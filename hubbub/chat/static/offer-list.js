// What is offered for the word under the caret, as a list that the field controls: it keeps the focus all the time.
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"

/** @param {import("./offers.js").Offer} offer */
function Picture({ person, picture, icon = "hash" }) {
  if (person) return html`<${Avatar} id=${person} small />`
  return picture ? html`<span class="picture">${picture}</span>` : html`<${Icon} name=${icon} />`
}

/** @param {{ id: string, offers: import("./offers.js").Offer[], chosen: number, take: (index: number) => void }} props */
export function OfferList({ id, offers, chosen, take }) {
  return html`<p class="hidden-words" role="status">${t("chat.offers.count", { n: offers.length })}</p>
  <ul class="offers" id=${id} role="listbox" aria-label=${t("chat.offers.label")}>${offers.map((offer, index) => html`
    <li key=${offer.id} id=${`${id}-${index}`} class=${offer.dim ? "dim" : ""} role="option" aria-selected=${index === chosen ? "true" : "false"}
      onPointerDown=${(/** @type {Event} */ event) => { event.preventDefault() }} onClick=${() => take(index)}>
      <${Picture} ...${offer} /><b dir="auto">${offer.label}</b>${offer.note && html`<span dir="auto">${offer.note}</span>`}</li>`)}</ul>`
}

// Icons, from one sprite.
import { assets } from "./boot.js"
import { html } from "./vendor/preact.js"

/** @param {{ name: string, spin?: boolean }} props */
export function Icon({ name, spin = false }) {
  const href = `${assets}/web/static/vendor/icons.svg#${name}`
  return html`<svg class=${spin ? "icon spin" : "icon"} aria-hidden="true"><use href=${href} /></svg>`
}

// What every component needs: html and an icon.
import { assets } from "./boot.js"
import { html } from "./vendor/preact.js"

export { html }

/** @param {{ name: string, spin?: boolean }} props */
export function Icon({ name, spin = false }) {
  return html`<svg class=${spin ? "icon spin" : "icon"} aria-hidden="true"><use href=${`${assets}/web/static/vendor/icons.svg#${name}`} /></svg>`
}

// What the server put into the page: its data, and where its static files and icons are.
import { html } from "./vendor/preact.js"

/** The boot data: who is signed in, the newest messages. @type {import("./types").Boot} */
export const boot = JSON.parse(document.getElementById("boot")?.textContent || "{}")

/** The base address of this version's static files. */
export const assets = document.body.dataset.assets ?? ""

/** The protocol that this page speaks. */
export const protocol = Number(document.body.dataset.protocol)

/** An icon of the sprite. @param {{ name: string, spin?: boolean }} props */
export function Icon({ name, spin = false }) {
  const href = `${assets}/web/static/vendor/icons.svg#${name}`
  return html`<svg class=${spin ? "icon spin" : "icon"} aria-hidden="true"><use href=${href} /></svg>`
}

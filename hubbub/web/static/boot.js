// What the server put into the page: its data, and where its static files and icons are.
import { html, options, signal } from "./vendor/preact.js"

/** The boot data: who is signed in, the newest messages. @type {import("./types").Boot} */
export const boot = JSON.parse(document.getElementById("boot")?.textContent || "{}")

/** The path below which a proxy serves this server, like `/chat`; empty at the root. */
export const prefix = document.body.dataset.prefix ?? ""
/** @param {string} path */
const isBelow = path => `${path}/`.startsWith(`${prefix}/`)

/** Return the address of a path of this server; an address stays as it is. @param {string} path */
export function url(path) { return isBelow(path) ? path : prefix + path }

/** Return the path of this server that an address means; "" for another one. @param {string} address */
export function pathOf(address) { return isBelow(address) ? address.slice(prefix.length) || "/" : "" }

/** Every element gets the prefix here, so that components name paths of this server. */
const drawn = options.vnode
options.vnode = node => {
  const props = /** @type {any} */ (node.props)
  for (const name of ["href", "src"]) if (typeof node.type === "string" && /^\/(?!\/)/.test(props[name])) props[name] = url(props[name])
  drawn?.(node)
}

/** The base address of this version's static files. */
export const assets = document.body.dataset.assets ?? ""

/** The name of this server, and the address of its icon. */
export const workspace = signal({ name: "Hubbub", icon: "" })

/** @param {{ name?: string, icon?: string }} [known] */
export function setWorkspace({ name = "Hubbub", icon } = {}) { workspace.value = { name, icon: icon || `${assets}/web/static/icon.svg` } }
setWorkspace(boot.workspace)

/** The protocol that this page speaks. */
export const protocol = Number(document.body.dataset.protocol)

/** Icons that point along the line: they are mirrored where it runs from right to left. */
const DIRECTED = /^(?:arrow|chevron)-(?:left|right)$|^(?:corner-up-left|list|log-out|reply|send-horizontal|text-quote)$/

/** An icon of the sprite. @param {{ name: string, spin?: boolean }} props */
export function Icon({ name, spin = false }) {
  const href = `${assets}/web/static/vendor/icons.svg#${name}`
  return html`<svg class=${`icon${spin ? " spin" : ""}${DIRECTED.test(name) ? " directed" : ""}`} aria-hidden="true"><use href=${href} /></svg>`
}

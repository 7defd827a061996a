// A part of a slice on the page: if drawing it fails, the rest of the page stays.
import { report } from "./guard.js"
import { html } from "./vendor/preact.js"

/** @typedef {import("./types").Component} Component */

/**
 * Draw a component with its props; once it has thrown, `fallback` instead.
 * @this {any} @param {{ of: Component, props?: object | null, fallback?: any }} about @returns {any}
 */
export function Part(about) {
  const { of: component, props, fallback = null } = about
  this.componentDidCatch = (/** @type {unknown} */ error) => {
    report(`Drawing ${component.name}`, error)
    this.setState({ failed: component })
  }
  return this.state?.failed === component ? fallback : html`<${component} ...${props} />`
}

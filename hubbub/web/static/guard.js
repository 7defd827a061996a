// Calls into the slices: an error is reported, and stops nothing but the one call or the one part of the page.
import { html } from "./vendor/preact.js"

/** @typedef {import("./types").Component} Component */

/** @param {string} what was running @param {unknown} error */
export function report(what, error) { console.error(`${what}:`, error) }

/**
 * Call every function, with the same arguments.
 * @template {any[]} T @param {string} what for the report @param {Iterable<(...args: T) => unknown>} calls @param {T} args
 */
export function callEach(what, calls, ...args) {
  for (const call of calls) try { call(...args) } catch (error) { report(what, error) }
}

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

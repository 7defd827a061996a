// Parts of the page that are fetched when they are first shown.
import { html } from "./shell.js"
import { signal, useEffect } from "./vendor/preact.js"

/** @param {() => Promise<any>} load what has the component */
export function lazily(load) {
  const found = signal(/** @type {any} */ (null))
  return (/** @type {object} */ props) => {
    useEffect(() => { if (!found.value) load().then(component => { found.value = component }) }, [])
    return found.value ? html`<${found.value} ...${props} />` : html`<div aria-busy="true"></div>`
  }
}

// The strings and styles that the first rows do not need: loaded right after them, or with a part of the page that needs
// them earlier.
import { assets } from "./boot.js"
import { addStrings } from "./strings.js"

/** @type {Promise<unknown> | null} */
let loading = null
let shown = () => {}

/** Resolves once the first rows are on the screen: for what every page needs soon, but the first rows do not. @type {Promise<void>} */
export const rowsShown = new Promise(resolve => { shown = resolve })

/** The first rows are on the screen. */
export function afterRows() {
  loadRest().catch(() => {}) // and again by what needs it
  shown()
}

/**
 * Return what is being loaded, once its strings and styles are here.
 * @template T @param {Promise<T>} part @returns {Promise<T>}
 */
export async function withRest(part) { return (await Promise.all([part, loadRest()]))[0] }

/** Load them, once, and again if that failed. */
function loadRest() {
  return loading ??= Promise.all([loadStyles(), loadStrings()]).catch(error => {
    loading = null
    throw error
  })
}

async function loadStrings() {
  addStrings((await import(`${assets}/strings/${document.documentElement.lang}-later.js`)).default)
}

/** Add the whole stylesheet after its first part: its rules are in their order again. */
function loadStyles() {
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${assets}/style.css` })
  return new Promise((resolve, reject) => {
    sheet.onload = resolve
    sheet.onerror = () => { sheet.remove(); reject(new Error("The styles were not loaded")) }
    document.head.append(sheet)
  })
}

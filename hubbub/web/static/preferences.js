// How the page looks and behaves for its reader: the server writes it into `data-` attributes before the first paint.
import { computed, signal } from "./vendor/preact.js"

const root = document.documentElement
const own = signal(/** @type {Record<string, string | undefined>} */ ({ ...root.dataset }))

/** Return what the reader prefers, as the first of the choices if they have not chosen. @param {string} name @param {string} [standard] */
export function preference(name, standard = "system") { return own.value[name] ?? standard }

/** The chosen theme: system, light or dark. */
export const theme = computed(() => preference("theme"))

/** Show these preferences from now on. @param {Record<string, string>} values by name */
export function showPreferences(values) {
  Object.assign(root.dataset, values)
  own.value = { ...own.peek(), ...values }
}

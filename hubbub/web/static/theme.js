// Light, dark, or as the system says: a cookie, so that the server can write it into the page before the first paint.
import { signal } from "./vendor/preact.js"

/** @typedef {"system" | "light" | "dark"} Theme */

const root = document.documentElement

export const theme = signal(/** @type {Theme} */ (root.dataset.theme ?? "system"))

/** @param {Theme} next */
export function choose(next) {
  theme.value = next
  root.dataset.theme = next
  document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`
}

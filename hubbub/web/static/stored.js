// Settings of this browser: signals kept in localStorage, the same in all open tabs.
import { signal } from "./vendor/preact.js"

/**
 * Return a signal with the setting of this name, and how to change it.
 * @template T @param {string} name @param {(text: string | null) => T} read @param {(value: T) => string} [write]
 * @returns {[setting: import("./vendor/preact.js").Signal<T>, set: (value: T) => void]}
 */
export function stored(name, read, write = String) {
  const setting = signal(read(localStorage.getItem(name)))
  addEventListener("storage", ({ key, newValue }) => { if (key === name || key === null) setting.value = read(newValue) })
  return [setting, value => {
    setting.value = value
    localStorage.setItem(name, write(value))
  }]
}

// Preferences stored in this browser.
import { signal } from "../../web/static/vendor/preact.js"

/**
 * Whether Enter sends, or only together with Ctrl.
 * @type {import("../../web/static/vendor/preact.js").Signal<"enter" | "control">}
 */
export const sendKey = signal(localStorage.getItem("sending") === "control" ? "control" : "enter")
/** Whether single-key shortcuts are on. */
export const singleKeys = signal(localStorage.getItem("single-keys") !== "off")

/** @param {"enter" | "control"} next */
export function setSendKey(next) {
  sendKey.value = next
  localStorage.setItem("sending", next)
}

/** @param {boolean} on */
export function setSingleKeys(on) {
  singleKeys.value = on
  localStorage.setItem("single-keys", on ? "on" : "off")
}

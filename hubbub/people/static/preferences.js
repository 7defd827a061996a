// What I prefer in this browser.
import { signal } from "../../web/static/vendor/preact.js"

/** Whether Enter sends, or only together with Ctrl. @type {import("../../web/static/vendor/preact.js").Signal<"enter" | "control">} */
export const sending = signal(localStorage.getItem("sending") === "control" ? "control" : "enter")
/** Whether single keys do something. */
export const single = signal(localStorage.getItem("single-keys") !== "off")

/** @param {"enter" | "control"} next */
export function chooseSending(next) {
  sending.value = next
  localStorage.setItem("sending", next)
}

/** @param {boolean} on */
export function chooseSingle(on) {
  single.value = on
  localStorage.setItem("single-keys", on ? "on" : "off")
}

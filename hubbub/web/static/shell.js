// What slices hang on the shell: views, sidebar sections, the foot, buttons, notices, and what may stand in front of it all.
import { signal } from "./vendor/preact.js"

/** @typedef {import("./types").Component} Component */

/** @type {{ sections: Component[], foot: Component[], actions: Component[], notices: Component[], gates: Component[] }} */
export const parts = { sections: [], foot: [], actions: [], notices: [], gates: [] }

/** @type {import("./types").View[]} */
export const views = []

/** Add a component to one of the shell's places, after those already there. @param {keyof typeof parts} where @param {Component} component */
export function add(where, component) { parts[where].push(component) }

/** Offer a view of a channel; the first one is shown. @param {import("./types").View} view */
export function view(view) { views.push(view) }

/** Whether the sidebar stands open as a sheet; only where there is no room for it beside the view. */
export const sheet = signal(false)

const room = matchMedia("(width >= 48rem)")
/** Whether there is room for the sidebar beside the view. */
export const wide = signal(room.matches)
room.addEventListener("change", () => { wide.value = room.matches; sheet.value = false })

// The other people who have the shown document open.
import { signal } from "../../web/static/vendor/preact.js"

/** @type {import("../../web/static/vendor/preact.js").Signal<number[]>} */
export const peopleEditing = signal([])

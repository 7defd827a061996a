// Who else has the document open that is shown.
import { signal } from "../../web/static/vendor/preact.js"

/** @type {import("../../web/static/vendor/preact.js").Signal<number[]>} */
export const present = signal([])

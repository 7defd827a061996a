// What programs tell only me: shown above the message field of the room until it is dismissed.
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {{ id: number, channel: string, thread: number, bot?: number, text?: string, problem?: string }} Note */

export const notes = signal(/** @type {Note[]} */ ([]))

// Which dialog is open: create a room, start a conversation, command palette, help.
import { signal } from "../../../web/static/vendor/preact.js"

/** @type {import("../../../web/static/vendor/preact.js").Signal<"" | "room" | "direct" | "palette" | "help">} */
export const openedDialog = signal("")

// Which dialog is open: to create a room, to start a conversation, the command palette, the help.
import { signal } from "../../../web/static/vendor/preact.js"

/** @type {import("../../../web/static/vendor/preact.js").Signal<"" | "room" | "direct" | "palette" | "help">} */
export const openedDialog = signal("")

// Preferences of this browser for the keyboard.
import { stored } from "../../web/static/stored.js"

/** Whether Enter sends, or only together with Ctrl or ⌘. */
export const [sendKey, setSendKey] = stored("sending", text => text === "control" ? "control" : "enter")
/** Whether single-key shortcuts are on; speech input users turn them off. */
export const [singleKeys, setSingleKeys] = stored("single-keys", text => text !== "off", on => on ? "on" : "off")

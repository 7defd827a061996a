// The notification level of a room: a menu behind a bell.
import { Menu } from "../../web/static/menu.js"
import { toast } from "../../web/static/toast.js"
import { t } from "../../web/static/strings.js"
import { html } from "../../web/static/shell.js"
import { setLevel, levels } from "./inbox.js"

/** @typedef {import("./inbox.js").Level} Level */

const LEVELS = /** @type {Level[]} */ (["", "everything", "mentions", "nothing", "hidden"])

/** @param {string} channel @param {Level} level */
export async function applyLevel(channel, level) {
  const error = await setLevel(channel, level)
  if (error) toast(error, { danger: true })
}

/** The entries of the menu; the empty level means `defaultLevel`. @param {string} channel @param {Level} usual */
export function levelChoices(channel, usual) {
  const now = levels.value[channel] ?? ""
  return LEVELS.filter(level => level !== usual).map(level => ({
    label: t(`notifications.level.${level || usual}`), checked: level === now || (!level && now === usual), act: () => applyLevel(channel, level),
  }))
}

/** @param {{ channel: string, direct: boolean }} props */
export function LevelMenu({ channel, direct }) {
  const defaultLevel = direct ? "everything" : "mentions"
  const icon = ["nothing", "hidden"].includes(levels.value[channel]) ? "bell-off" : levels.value[channel] === "everything" && !direct ? "bell-dot" : "bell"
  return html`<${Menu} label=${t("notifications.level.label")} icon=${icon} items=${levelChoices(channel, defaultLevel)} />`
}

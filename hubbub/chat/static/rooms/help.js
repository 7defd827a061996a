// The keyboard shortcuts, in one dialog.
import { Dialog } from "../../../web/static/dialog.js"
import { html } from "../../../web/static/shell.js"
import { t } from "../../../web/static/strings.js"
import { sendKey } from "../../../people/static/preferences.js"
import { apple } from "../composer-keys.js"

const mod = apple ? "⌘" : "chat.name.control"
const ALT = apple ? "⌥" : "chat.name.alt", SHIFT = "chat.name.shift", ENTER = "chat.name.enter", ESCAPE = "chat.name.escape"
/** @type {string[]} */
const SEND = [], BREAK = /** @type {string[]} */ ([]) // which keys these are depends on a preference
/** Single characters, or strings with the names of keys. @type {Array<[string, Array<[string[], string]>]>} */
const GROUPS = [
  ["chat.help.anywhere", [
    [[mod, "K"], "chat.key.palette"], [["/"], "chat.key.search"], [[mod, SHIFT, "F"], "chat.key.search_here"], [["?"], "chat.key.help"],
    [[ALT, "↑"], "chat.key.previous_room"], [[ALT, "↓"], "chat.key.next_room"], [[ALT, SHIFT, "↓"], "chat.key.next_unread"],
    [["N"], "chat.key.next_unread"], [["P"], "chat.key.next_direct"], [[SHIFT, "N"], "chat.key.next_thread"], [[SHIFT, ESCAPE], "chat.key.read_all"], [["F6"], "chat.key.next_region"],
    [["G", "I"], "chat.key.inbox"], [["G", "D"], "chat.key.documents"], [["G", "F"], "chat.key.feeds"], [["G", "T"], "chat.key.threads"], [["G", "C"], "chat.key.catch_up"], [["G", "R"], "chat.key.browse"], [["G", "P"], "chat.key.people"], [["G", "S"], "chat.key.settings"], [[mod, "."], "chat.key.about_room"], [[mod, SHIFT, "M"], "chat.key.inbox"], [[mod, SHIFT, "\\"], "chat.key.react_last"], [[mod, "U"], "chat.key.upload"], [[mod, SHIFT, "↓"], "chat.key.move_row"],
  ]],
  ["chat.help.list", [
    [["↑"], "chat.key.previous_message"], [["↓"], "chat.key.next_message"], [["R"], "chat.key.reply"], [["E"], "chat.key.edit"], [["+"], "chat.key.thumbs_up"],
    [[":"], "chat.key.react"], [["S"], "chat.key.save"], [["U"], "chat.key.unread"], [["L"], "chat.key.copy_link"], [["chat.name.delete"], "chat.key.delete"],
  ]],
  ["chat.help.inbox", [
    [["J"], "chat.key.next_notification"], [["K"], "chat.key.previous_notification"], [[ENTER], "chat.key.open_notification"], [["E"], "chat.key.done"], [["H"], "chat.key.snooze"],
    [["R"], "chat.key.reply_here"], [["Z"], "chat.key.undo_inbox"],
  ]],
  ["chat.help.field", [
    [SEND, "chat.key.send"], [BREAK, "chat.key.new_line"], [["↑"], "chat.key.edit_last"], [[SHIFT, "↑"], "chat.key.reply_last"], [[mod, "Z"], "chat.key.undo"], [[ESCAPE], "chat.key.cancel"],
    [[mod, "B"], "chat.key.bold"], [[mod, "I"], "chat.key.italic"], [[mod, SHIFT, "C"], "chat.key.code"], [[mod, SHIFT, "X"], "chat.key.strike"], [[mod, SHIFT, "L"], "chat.key.link"], [["@"], "chat.key.mention"], [["#"], "chat.key.room"], [["$"], "chat.key.symbol"], [["[["], "chat.key.document"], [[":"], "chat.key.emoji"], [["/"], "chat.key.command"],
  ]],
]

/** @param {string[]} keys */
function namesOf(keys) {
  const byEnter = sendKey.value === "enter"
  const pressed = keys === SEND ? byEnter ? [ENTER] : [mod, ENTER] : keys === BREAK ? byEnter ? [SHIFT, ENTER] : [ENTER] : keys
  return pressed.map(key => key.startsWith("chat.") ? t(key) : key)
}

/** @param {{ close: () => void }} props */
export function Help({ close }) {
  return html`<${Dialog} title=${t("chat.help.title")} onClose=${close} variant="wide"><div class="help">${GROUPS.map(([title, keys]) => html`
    <section><h3>${t(title)}</h3><dl>${keys.map(([combination, words]) => html`<div><dt>${namesOf(combination).map(key => html`<kbd>${key}</kbd>`)}</dt><dd>${t(words)}</dd></div>`)}</dl></section>`)}</div><//>`
}

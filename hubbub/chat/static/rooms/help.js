// Every key that does something, in one dialog.
import { Dialog } from "../../../web/static/dialog.js"
import { html } from "../../../web/static/shell.js"
import { t } from "../../../web/static/words.js"

const mac = /Mac|iPhone|iPad/.test(navigator.platform)
const mod = mac ? "⌘" : "Ctrl"
/** @type {Array<[string, Array<[string[], string]>]>} */
const GROUPS = [
  ["help.anywhere", [
    [[mod, "K"], "Go to a room or a person, do a command"], [["/"], "Search messages"], [["?"], "This help"],
    [["Alt", "↑"], "Previous room"], [["Alt", "↓"], "Next room"], [["Alt", "Shift", "↓"], "Next room with something unread"],
    [["N"], "Next room with something unread"], [["Shift", "Esc"], "Mark everything as read"], [["F6"], "Next part of the page"],
    [["G", "I"], "Inbox"], [["G", "D"], "Documents"], [["G", "F"], "Feeds"], [["G", "T"], "Threads"], [["G", "R"], "Browse rooms"], [["G", "P"], "People"], [["G", "S"], "Settings"], [[mod, "."], "About this room"],
  ]],
  ["help.list", [
    [["↑"], "Previous message, also K"], [["↓"], "Next message, also J"], [["R"], "Reply in a thread, also Enter"], [["E"], "Edit"], [["+"], "👍"],
    [[":"], "Another emoji"], [["U"], "Mark as unread from here"], [["L"], "Copy the link"], [["Del"], "Delete"],
  ]],
  ["help.inbox", [
    [["J"], "Next one, also ↓"], [["K"], "Previous one, also ↑"], [["Enter"], "Go to what it is about"], [["E"], "Mark as read"],
  ]],
  ["help.field", [
    [["Enter"], "Send"], [["Shift", "Enter"], "New line"], [["↑"], "Edit your last message, where nothing is written"], [["Esc"], "Stop editing or quoting"],
    [[mod, "B"], "Bold"], [[mod, "I"], "Italic"], [[mod, "Shift", "C"], "Code"], [["@"], "Name a person"], [["#"], "Name a room"], [[":"], "An emoji by its name"], [["/"], "A command"],
  ]],
]

/** @param {{ close: () => void }} props */
export function Help({ close }) {
  return html`<${Dialog} title=${t("help.title")} onClose=${close} look="wide"><div class="help">${GROUPS.map(([title, keys]) => html`
    <section><h3>${t(title)}</h3><dl>${keys.map(([combination, words]) => html`<div><dt>${combination.map(key => html`<kbd>${key}</kbd>`)}</dt><dd>${words}</dd></div>`)}</dl></section>`)}</div><//>`
}

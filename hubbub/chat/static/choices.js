// The verbs of a message for its menu and its sheet, each only where I may.
import { t } from "../../web/static/words.js"
import { asking, copyLink, copyText, markUnread, mayAct, mayDelete, mayEdit, openThread, pin } from "./actions.js"

/** @typedef {{ icon: string, label: string, act: () => void, danger?: boolean }} Choice */

/** @param {import("../../web/static/types").Item} item @param {import("./scene.js").Scene} scene @returns {Choice[]} */
export function choices(item, { channel, root, writing }) {
  const may = mayAct(channel)
  /** @type {Array<Choice | false>} */
  const all = [
    !root && { icon: "message-square-text", label: t("thread.reply"), act: () => openThread(channel, item.thread ?? item.seq) },
    may && { icon: "text-quote", label: t("quote.verb"), act: () => writing.quote(item) },
    mayEdit(channel, item) && { icon: "pencil", label: t("edit.verb"), act: () => writing.edit(item) },
    may && !root && { icon: item.pinned ? "pin-off" : "pin", label: t(item.pinned ? "pin.off" : "pin.on"), act: () => pin(channel, item) },
    { icon: "link", label: t("copy.link"), act: () => copyLink(channel, item) },
    item.text !== "" && { icon: "copy", label: t("copy.text"), act: () => copyText(item) },
    !root && { icon: "mail", label: t("unread.here"), act: () => markUnread(channel, item) },
    mayDelete(channel, item) && { icon: "trash-2", label: t("delete.verb"), danger: true, act: () => { asking.value = { kind: "delete", channel, item } } },
  ]
  return all.filter(choice => choice !== false)
}

// The actions for the menu and the touch sheet of a message, each only if I may do it.
import { t } from "../../web/static/strings.js"
import { me } from "../../people/static/me.js"
import { save } from "./user-changes.js"
import { isSaved } from "./user-state.js"
import { openedMessageDialog, copyLink, copyText, markUnread, mayAct, mayDelete, mayEdit, openThread, pin } from "./actions.js"

/** @typedef {{ icon: string, label: string, act: () => void, danger?: boolean }} Choice */

/** @param {import("../../web/static/types").Item} item @param {import("./list-state.js").ListContext} context @returns {Choice[]} */
export function messageMenu(item, { channel, root, composer }) {
  const may = mayAct(channel)
  /** @type {Array<Choice | false>} */
  const all = [
    !root && { icon: "message-square-text", label: t("chat.thread.reply"), act: () => openThread(channel, item.thread ?? item.seq) },
    may && { icon: "text-quote", label: t("chat.quote.verb"), act: () => composer.quote(item) },
    mayEdit(channel, item) && { icon: "pencil", label: t("chat.edit.verb"), act: () => composer.edit(item) },
    may && !root && { icon: item.pinned ? "pin-off" : "pin", label: t(item.pinned ? "chat.pin.off" : "chat.pin.on"), act: () => pin(channel, item) },
    me.value !== null && { icon: isSaved(channel, item.seq) ? "bookmark-minus" : "bookmark", label: t(isSaved(channel, item.seq) ? "chat.save.off" : "chat.save.on"), act: () => save(channel, item.seq, !isSaved(channel, item.seq)) },
    me.value !== null && { icon: "clock-4", label: t("chat.remind.verb"), act: () => { openedMessageDialog.value = { kind: "remind", channel, item } } },
    { icon: "link", label: t("chat.copy.link"), act: () => copyLink(channel, item) },
    item.text !== "" && { icon: "copy", label: t("chat.copy.text"), act: () => copyText(item) },
    !root && { icon: "mail", label: t("chat.unread.here"), act: () => markUnread(channel, item) },
    mayDelete(channel, item) && { icon: "trash-2", label: t("chat.delete.verb"), danger: true, act: () => { openedMessageDialog.value = { kind: "delete", channel, item } } },
  ]
  return all.filter(choice => choice !== false)
}

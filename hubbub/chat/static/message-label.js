// A message as one sentence for screen readers: author, time, text, attachments, reactions.
import { momentOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { excerpt } from "./markdown.js"

/** @param {import("../../web/static/types").Item} item */
export function messageLabel({ author, at, text, files, reactions, replies, edited, pinned, deleted, thread }) {
  const reacted = Object.values(reactions ?? {}).reduce((sum, people) => sum + people.length, 0)
  return [
    person(author).name, momentOf(at), thread && t("chat.label.reply"), deleted ? t("chat.message.deleted") : excerpt(text),
    files && t("chat.label.files", { n: files.length }), reacted && t("chat.label.reactions", { n: reacted }),
    replies && t("chat.answers.count", { n: replies.n }), edited && t("chat.label.edited"), pinned && t("chat.label.pinned"),
  ].filter(Boolean).join(", ")
}

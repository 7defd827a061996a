// A message as one sentence for screen readers: author, time, text, attachments, reactions.
import { momentOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { excerpt } from "./markdown.js"

/** The name under which a message is written: a bot may have one for each. @param {import("../../web/static/types").Item} item */
export function authorName({ author, alias }) { return alias?.name ?? person(author).name }

/** @param {import("../../web/static/types").Item} item */
export function messageLabel(item) {
  const { at, text, files, reactions, replies, edited, pinned, deleted, thread } = item
  const reacted = Object.values(reactions ?? {}).reduce((sum, people) => sum + people.length, 0)
  return [
    authorName(item), momentOf(at), thread && t("chat.label.reply"), deleted ? t("chat.message.deleted") : excerpt(text),
    files && t("chat.label.files", { n: files.length }), reacted && t("chat.label.reactions", { n: reacted }),
    replies && t("chat.answers.count", { n: replies.n }), edited && t("chat.label.edited"), pinned && t("chat.label.pinned"),
  ].filter(Boolean).join(", ")
}

// A message as one sentence, for those who hear the page: who, when, what, and what hangs on it.
import { momentOf, t } from "../../web/static/words.js"
import { person } from "../../people/static/directory.js"
import { excerpt } from "./markdown.js"

/** @param {import("../../web/static/types").Item} item */
export function labelOf({ author, at, text, files, reactions, replies, edited, pinned, deleted, thread }) {
  const reacted = Object.values(reactions ?? {}).reduce((sum, people) => sum + people.length, 0)
  return [
    person(author).name, momentOf(at), thread && t("label.reply"), deleted ? t("message.deleted") : excerpt(text),
    files && t("label.files", { n: files.length }), reacted && t("label.reactions", { n: reacted }),
    replies && t("answers.count", { n: replies.n }), edited && t("label.edited"), pinned && t("label.pinned"),
  ].filter(Boolean).join(", ")
}

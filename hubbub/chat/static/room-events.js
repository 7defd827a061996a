// Events of the room as small lines: who joined and left, grouped; name, topic, archiving.
import { html, Icon } from "../../web/static/shell.js"
import { momentOf, timeOf } from "../../web/static/dates.js"
import { list, t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { groupEvents } from "./rows.js"

/** @typedef {import("../../web/static/types").Item} Item */

const ICONS = /** @type {Record<string, string>} */ ({ joined: "user-plus", left: "user-minus", renamed: "pencil", topic: "pencil", archived: "archive", created: "sparkles" })
const NAMED = 4

/** @param {number[]} people */
export function joinNames(people) {
  const first = people.slice(0, people.length > NAMED ? NAMED - 1 : NAMED).map(id => person(id).name || "…")
  const rest = people.length - first.length
  return list(rest ? [...first, t("chat.names.more", { n: rest })] : first)
}

/** @param {ReturnType<typeof groupEvents>[number]} group */
function words({ kind, people, by, data }) {
  const who = joinNames(people)
  if (kind === "joined") return by ? t("chat.line.added", { who, by: person(by).name }) : t("chat.line.joined", { who })
  if (kind === "left") return by ? t(data.banned ? "chat.line.banned" : "chat.line.removed", { who, by: person(by).name }) : t("chat.line.left", { who })
  if (kind === "renamed") return t("chat.line.renamed", { who, name: data.name })
  if (kind === "topic") return data.topic ? t("chat.line.topic", { who, topic: data.topic }) : t("chat.line.no_topic", { who })
  if (kind === "archived") return t(data.on ? "chat.line.archived" : "chat.line.opened", { who })
  return t("chat.line.created", { who })
}

/** @param {{ lines: Item[] }} props */
export function RoomEvents({ lines }) {
  return html`<div class="about">${groupEvents(lines).map(group => html`
    <p title=${momentOf(group.at)}><${Icon} name=${ICONS[group.kind] ?? "info"} />
      <span dir="auto">${words(group)}</span> <time>${timeOf(group.at)}</time></p>`)}</div>`
}

// What happened to the room, in small lines: who joined and left, gathered; its name, its topic, whether it is archived.
import { html, Icon } from "../../web/static/shell.js"
import { momentOf, t, timeOf } from "../../web/static/words.js"
import { person } from "../../people/static/directory.js"
import { gathered } from "./rows.js"

/** @typedef {import("../../web/static/types").Item} Item */

const ICONS = /** @type {Record<string, string>} */ ({ joined: "user-plus", left: "user-minus", renamed: "pencil", topic: "pencil", archived: "archive", created: "sparkles" })
const NAMED = 4
const list = new Intl.ListFormat("en", { type: "conjunction" })

/** @param {number[]} people */
export function names(people) {
  const first = people.slice(0, people.length > NAMED ? NAMED - 1 : NAMED).map(id => person(id).name || "…")
  const rest = people.length - first.length
  return list.format(rest ? [...first, t("names.more", { n: rest })] : first)
}

/** @param {ReturnType<typeof gathered>[number]} group */
function words({ kind, people, by, data }) {
  const who = names(people)
  if (kind === "joined") return by ? t("line.added", { who, by: person(by).name }) : t("line.joined", { who })
  if (kind === "left") return by ? t(data.banned ? "line.banned" : "line.removed", { who, by: person(by).name }) : t("line.left", { who })
  if (kind === "renamed") return t("line.renamed", { who, name: data.name })
  if (kind === "topic") return data.topic ? t("line.topic", { who, topic: data.topic }) : t("line.no_topic", { who })
  if (kind === "archived") return t(data.on ? "line.archived" : "line.opened", { who })
  return t("line.created", { who })
}

/** @param {{ lines: Item[] }} props */
export function Lines({ lines }) {
  return html`<div class="about">${gathered(lines).map(group => html`
    <p title=${momentOf(group.at)}><${Icon} name=${ICONS[group.kind] ?? "info"} />
      <span dir="auto">${words(group)}</span> <time>${timeOf(group.at)}</time></p>`)}</div>`
}

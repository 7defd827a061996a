// Documents by words of their title or text: for the message field and the palette.
import { get } from "../../web/static/http.js"
import { navigate } from "../../web/static/router.js"
import { url } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { updateTitles } from "./titles.js"

/** @typedef {import("./titles.js").Document} Document */

const MOST = 8

/** The documents with these words; without any, those changed last. @param {string} words @returns {Promise<Document[]>} */
async function request(words) {
  const q = words.trim()
  const { ok = [] } = await get(q ? `/api/documents/search?q=${encodeURIComponent(q)}&limit=${MOST}` : `/api/documents?limit=${MOST}`)
  /** @type {Document[]} */
  const found = q ? ok.map((/** @type {{ document: Document }} */ { document }) => document) : ok
  updateTitles(found)
  return found
}

/** A link to a document, in which its title is no Markdown. @param {Document} document */
function linkTo({ id, title }) { return `[${title.replace(/[[\]\\`*_~@#$]/g, "\\$&")}](${location.origin + url(`/document/${id}`)}) ` }

/** @param {string} word @returns {Promise<import("../../chat/static/autocomplete.js").Suggestion[]>} */
export async function suggestDocuments(word) {
  return (await request(word)).map(found => ({ id: String(found.id), insert: linkTo(found), label: found.title, icon: "file-text", dim: found.archived }))
}

/** @param {string} word @returns {Promise<import("../../web/static/find.js").Entry[]>} */
export async function findDocuments(word) {
  return (await request(word)).map(({ id, title, archived }) => ({
    id: `doc:${id}`, name: title, isMatch: true, kind: t("documents.one"), note: archived ? t("documents.archived") : "", icon: "file-text", sign: "[", act: () => navigate(`/document/${id}`),
  }))
}

// Symbols by the beginning of their name or a word of their title, with their last value: for the message field and the palette.
import { get } from "../../web/static/http.js"
import { navigate } from "../../web/static/router.js"
import { t } from "../../web/static/strings.js"
import { number } from "./numbers.js"

/** @typedef {{ name: string, title: string, quote: { value: number } | null }} Found */

/** @param {string} word @returns {Promise<Found[]>} */
async function request(word) {
  const { ok } = await get(`/api/symbols?q=${encodeURIComponent(word)}&limit=8`)
  return ok ?? []
}

/** @param {Found} symbol */
const valueOf = ({ quote }) => quote ? number(quote.value) : ""

/** @param {string} word @returns {Promise<import("../../chat/static/autocomplete.js").Suggestion[]>} */
export async function suggestSymbols(word) {
  return (await request(word)).map(found => ({ id: found.name, insert: `$${found.name} `, label: `$${found.name}`, note: found.title, value: valueOf(found), icon: "chart-line" }))
}

/** @param {string} word @returns {Promise<import("../../web/static/find.js").Entry[]>} */
export async function findSymbols(word) {
  if (!word) return []
  return (await request(word)).map(found => ({
    id: `feed:${found.name}`, name: found.name, names: [found.name, found.title], note: [found.title, valueOf(found)].filter(Boolean).join(" · "), kind: t("feeds.one"), icon: "chart-line", sign: "$",
    act: () => navigate(`/feed/${encodeURIComponent(found.name)}`),
  }))
}

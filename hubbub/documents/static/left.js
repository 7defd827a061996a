// Sends what an earlier page could not, from wherever one returns to: the document need not be opened, and twice changes nothing.
import * as connection from "../../web/static/connection.js"
import { makeKey } from "../../web/static/outbox.js"
import { me } from "../../people/static/me.js"

/** @typedef {import("./sync.js").Kept} Kept */

/** What was refused is kept, and said where the document is opened. */
export async function sendLeft() {
  const mine = `unsaved:${me.value?.id}:`
  for (const name of Object.keys(localStorage).filter(key => key.startsWith(mine))) {
    const said = localStorage.getItem(name) ?? ""
    if (await isSent(name.split(":")[2], JSON.parse(said || "null")) && localStorage.getItem(name) === said) localStorage.removeItem(name)
  }
}

/** @param {string} document @param {Kept | null} kept */
async function isSent(document, kept) {
  const parts = [...(kept?.flight ? [kept.flight] : []), ...(kept?.pending ?? []).map(update => ({ update, key: makeKey() }))]
  for (const part of parts) if ((await connection.request("update", { channel: `doc:${document}`, ...part })).error !== undefined) return false
  return true
}

// Send the updates that an earlier page could not send. The document need not be open; sending twice does no harm.
import * as connection from "../../web/static/connection.js"
import { makeKey } from "../../web/static/outbox.js"
import { me } from "../../people/static/me.js"

/** @typedef {import("./update-queue.js").Unsaved} Kept */

/** Refused updates are kept; the document shows them when it is opened. */
export async function sendUnsaved() {
  const mine = `unsaved:${me.value?.id}:`
  for (const name of Object.keys(localStorage).filter(key => key.startsWith(mine))) {
    const stored = localStorage.getItem(name) ?? ""
    if (await send(name.split(":")[2], JSON.parse(stored || "null")) && localStorage.getItem(name) === stored) localStorage.removeItem(name)
  }
}

/** @param {string} document @param {Kept | null} kept */
async function send(document, kept) {
  const parts = [...(kept?.flight ? [kept.flight] : []), ...(kept?.pending ?? []).map(update => ({ update, key: makeKey() }))]
  for (const part of parts) if ((await connection.request("update", { channel: `doc:${document}`, ...part })).error !== undefined) return false
  return true
}

// Send the updates that an earlier page could not send. The document need not be open; sending twice does no harm.
import * as connection from "../../web/static/connection.js"
import { report } from "../../web/static/guard.js"
import { makeKey } from "../../web/static/outbox.js"
import { unsavedNames } from "../../web/static/storage.js"

/** @typedef {import("./update-queue.js").Unsaved} Unsaved */

/** Refused updates are kept: their document offers to discard them, or sends them when it is opened again. */
export async function sendUnsaved() {
  for (const name of unsavedNames()) {
    const stored = localStorage.getItem(name) ?? ""
    try {
      const sent = await send(name.split(":")[2], JSON.parse(stored || "null"))
      if (sent && localStorage.getItem(name) === stored) localStorage.removeItem(name)
    } catch (error) { report(`Sending ${name}`, error) }
  }
}

/** @param {string} document @param {Unsaved | null} unsaved */
async function send(document, unsaved) {
  if (unsaved?.refused) return false
  const parts = [...(unsaved?.flight ? [unsaved.flight] : []), ...(unsaved?.pending ?? []).map(update => ({ update, key: makeKey() }))]
  for (const part of parts) if ((await connection.request("update", { channel: `doc:${document}`, ...part })).error) return false
  return true
}

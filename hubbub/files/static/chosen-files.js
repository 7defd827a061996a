// Files that were chosen and not sent yet stay in this browser, so that they are still there after a reload or a crash.
import { leftIn, pageId } from "../../web/static/outbox-storage.js"
import * as storage from "../../web/static/storage.js"
import { effect, untracked } from "../../web/static/vendor/preact.js"
import { onUploads, uploads } from "./uploads.js"

/** @typedef {import("./uploads.js").Upload} Upload */

const STORE = "chosen", MAX_SIZE = 50e6 // bytes; larger files must be chosen again

/** Store the files of a room or thread whenever others are chosen. @param {ReturnType<typeof uploads>} here */
function watch({ channel, part, list: chosen }) {
  if (typeof part === "string") return // a message that is being sent: the outbox has its files
  const key = `${pageId}/${channel}/${part}`
  let stored = ""
  effect(() => {
    const list = chosen.value.filter(({ state, blob, id }) => state !== "failed" && (blob.size || id) && blob.size <= MAX_SIZE)
    const now = list.map(({ key, id }) => `${key}:${id}`).join()
    if (now === stored) return
    stored = now
    untracked(() => {
      if (now) storage.put(STORE, key, { key, page: pageId, channel, part, files: list.map(({ name, size, type, blob, id }) => ({ name, size, type, blob, id })) })
      else storage.remove(STORE, key)
    })
  })
}

/** Take over the files that were chosen in pages that are closed. */
async function restore() {
  for (const { key, channel, part, files } of await leftIn(STORE)) {
    uploads(channel, part).resume(files)
    await storage.remove(STORE, key)
  }
}

if (navigator.locks) { // without them (plain HTTP) two tabs would both show the files
  onUploads(watch)
  navigator.locks.request("hubbub-left", restore)
}

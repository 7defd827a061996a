// Uploads to a room or thread: sent in chunks at once, resumed after a disconnect, attached to the next message.
import { url } from "../../web/static/boot.js"
import { readAnswer, send } from "../../web/static/http.js"
import * as connection from "../../web/static/connection.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {import("../../web/static/types").File} Ready */
/**
 * @typedef {{ key: number, name: string, size: number, type: string, picture: string, blob: Blob, id: string, received: number,
 *   state: "arriving" | "waiting" | "ready" | "failed", words: string, file?: Ready, gone?: boolean }} Upload
 */
/** @typedef {ReturnType<typeof createUploads>} Uploads */

const RETRYABLE = new Set(["offline", "busy", "not_saved", "timeout", "conflict"])
const RETRY_DELAY = 3000
let last = 0

/** @param {string} channel */
function createUploads(channel) {
  const list = signal(/** @type {Upload[]} */ ([]))

  /** @param {Upload} upload @param {Partial<Upload>} what */
  function update(upload, what) {
    Object.assign(upload, what)
    list.value = [...list.value]
  }

  /** @param {Upload} upload @param {{ error: string, code: string }} answer */
  function fail(upload, { error, code }) {
    if (upload.gone) {
      if (upload.id) send("DELETE", `/api/files/${upload.id}`)
      return
    }
    if (code === "not_found") upload.id = ""
    if (!RETRYABLE.has(code)) { update(upload, { state: "failed", words: error }); return }
    update(upload, { state: "waiting" })
    setTimeout(() => { if (upload.state === "waiting") run(upload) }, RETRY_DELAY)
  }

  /** Start an upload, or continue after the last byte received. @param {Upload} upload */
  async function run(upload) {
    update(upload, { state: "arriving", words: "" })
    const started = upload.id ? await send("GET", `/api/files/${upload.id}`)
      : await send("POST", "/api/files", { channel, name: upload.name, size: upload.size })
    if (started.error) return fail(upload, started)
    upload.id = started.ok.id
    let now = started.ok
    while (!now.file && !upload.gone) {
      const body = upload.blob.slice(now.received, now.received + now.chunk)
      const answer = await readAnswer(fetch(url(`/api/files/${upload.id}?offset=${now.received}`), { method: "PUT", body }))
      if (answer.error) return fail(upload, answer)
      now = answer.ok
      update(upload, { received: now.received })
    }
    if (upload.gone) send("DELETE", `/api/files/${upload.id}`)
    else update(upload, { state: "ready", file: now.file })
  }

  /** @param {Upload} upload */
  function remove(upload) {
    upload.gone = true
    list.value = list.value.filter(one => one !== upload)
    if (upload.picture) URL.revokeObjectURL(upload.picture)
  }

  connection.onConnect(() => { list.peek().filter(({ state }) => state === "waiting").forEach(run) })
  return {
    list,

    /** @param {Iterable<File>} files */
    add(files) {
      for (const file of [...files].filter(({ size }) => size > 0)) {
        const picture = /^image\/(png|jpeg|gif|webp)$/.test(file.type) ? URL.createObjectURL(file) : ""
        /** @type {Upload} */
        const upload = { key: ++last, name: file.name || "file", size: file.size, type: file.type, picture, blob: file, id: "", received: 0, state: "arriving", words: "" }
        list.value = [...list.value, upload]
        run(upload)
      }
    },

    /** @param {Upload} upload */
    cancel(upload) {
      remove(upload)
      if (upload.id && upload.state !== "arriving") send("DELETE", `/api/files/${upload.id}`)
    },

    retry: run,

    /** How many files the message will have. */
    count() { return list.value.filter(({ state }) => state !== "failed").length },

    /** Whether uploads are in progress. */
    busy() { return list.value.some(({ state }) => state === "arriving" || state === "waiting") },

    /** Restore the files of a message that was not sent. @param {Ready[]} files */
    restore(files) {
      const back = files.map(file => ({ key: ++last, name: file.name, size: file.size, type: file.type, picture: "", blob: new Blob(), id: file.id,
        received: file.size, state: /** @type {const} */ ("ready"), words: "", file }))
      list.value = [...list.value, ...back]
    },

    /** Take the finished uploads for a message. @returns {Ready[]} */
    takeReady() {
      const ready = list.peek().filter(({ state }) => state === "ready")
      ready.forEach(remove)
      return ready.flatMap(({ file }) => file ?? [])
    },
  }
}

/** @type {Map<string, Uploads>} */
const all = new Map()

/**
 * Return the uploads of a room, or of a thread in it; always the same object.
 * @param {string} channel @param {number} [thread] @returns {Uploads}
 */
export function uploads(channel, thread = 0) {
  const id = `${channel}/${thread}`, known = all.get(id) ?? createUploads(channel)
  all.set(id, known)
  return known
}

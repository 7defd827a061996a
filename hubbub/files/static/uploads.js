// Uploads to a room or thread: sent in chunks at once, resumed after a disconnect, attached to the next message.
import { url } from "../../web/static/boot.js"
import { readAnswer, send } from "../../web/static/http.js"
import * as connection from "../../web/static/connection.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @typedef {import("../../web/static/types").File} Ready */
/**
 * @typedef {{ key: number, list: import("../../web/static/vendor/preact.js").Signal<Upload[]>, channel: string, name: string, size: number, type: string, picture: string, blob: Blob, id: string, received: number,
 *   state: "arriving" | "waiting" | "ready" | "failed", words: string, file?: Ready, gone?: boolean }} Upload
 */
/** @typedef {ReturnType<typeof createUploads>} Uploads */

const RETRYABLE = new Set(["offline", "busy", "not_saved", "timeout", "conflict"])
const RETRY_DELAY = 3000
let last = 0

/** @param {Upload} upload @param {Partial<Upload>} what */
function update(upload, what) {
  Object.assign(upload, what)
  upload.list.value = [...upload.list.value]
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
  const { id, channel, name, size } = upload
  const started = id ? await send("GET", `/api/files/${id}`) : await send("POST", "/api/files", { channel, name, size })
  if (started.error) return fail(upload, started)
  let now = started.ok
  update(upload, { id: now.id })
  while (!now.file && !upload.gone) {
    const body = upload.blob.slice(now.received, now.received + now.chunk)
    const answer = await readAnswer(fetch(url(`/api/files/${upload.id}?offset=${now.received}`), { method: "PUT", body }))
    if (answer.error) return fail(upload, answer)
    now = answer.ok
    update(upload, { received: now.received })
  }
  if (upload.gone) send("DELETE", `/api/files/${upload.id}`)
  else update(upload, { state: "ready", file: now.file, received: size, picture: now.file.preview ? withoutPicture(upload) : upload.picture })
}

/** @param {Upload} upload */
function withoutPicture({ picture }) {
  if (picture) URL.revokeObjectURL(picture)
  return ""
}

/** @param {Upload} upload */
function remove(upload) { upload.list.value = upload.list.value.filter(one => one !== upload) }

/** @param {string} channel @param {number | string} part */
function createUploads(channel, part) {
  const list = signal(/** @type {Upload[]} */ ([]))

  /** @param {Blob} blob @param {{ name: string, size: number, type: string, id: string }} about @returns {Upload} */
  function create(blob, { name, size, type, id }) {
    const picture = /^image\/(png|jpeg|gif|webp)$/.test(type) && blob.size ? URL.createObjectURL(blob) : ""
    return { key: ++last, list, channel, name, size, type, picture, blob, id, received: 0, state: "arriving", words: "" }
  }

  return {
    channel,
    part,
    list,

    /** @param {Iterable<File>} files */
    add(files) {
      this.resume([...files].filter(({ size }) => size > 0).map(file => ({ blob: file, name: file.name || "file", size: file.size, type: file.type, id: "" })))
    },

    /** Start uploads, or continue those of an earlier page. @param {NonNullable<import("../../web/static/types").Job["uploads"]>} all */
    resume(all) {
      const created = all.map(one => create(one.blob, one))
      list.value = [...list.value, ...created]
      created.forEach(run)
    },

    /** @param {Upload} upload */
    cancel(upload) {
      upload.gone = true
      remove(upload)
      withoutPicture(upload)
      if (upload.id && upload.state !== "arriving") send("DELETE", `/api/files/${upload.id}`)
    },

    retry: run,

    /** How many files the message will have. */
    count() { return list.value.filter(({ state }) => state !== "failed").length },

    /** Restore the files of a message that was not sent. @param {Ready[]} files */
    restore(files) {
      const back = files.map(file => ({ ...create(new Blob(), file), received: file.size, state: /** @type {const} */ ("ready"), file }))
      list.value = [...list.value, ...back]
    },

    /** Take the uploads for a message, finished or not, except failed ones. @returns {Upload[]} */
    take() {
      const taken = list.peek().filter(({ state }) => state !== "failed")
      taken.forEach(remove)
      return taken
    },

    /** Show uploads here that were taken elsewhere. @param {Upload[]} taken */
    put(taken) {
      for (const one of taken) one.list = list
      list.value = [...list.value, ...taken]
    },
  }
}

/** @type {Map<string, Uploads>} */
const all = new Map()
/** @typedef {(uploads: Uploads) => void} Hook */
/** @type {Hook[]} */
const hooks = []

/** Call the hook with all uploads, and with others when they are first used. @param {Hook} hook */
export function onUploads(hook) {
  hooks.push(hook)
  all.forEach(known => hook(known))
}

connection.onConnect(() => {
  for (const { list } of all.values()) list.peek().filter(({ state }) => state === "waiting").forEach(run)
})

/** Forget the uploads of a message that was sent. @param {string} channel @param {string} key */
export function forgetUploads(channel, key) { all.delete(`${channel}/${key}`) }

/**
 * Return the uploads of a room, of a thread in it, or of a message that is being sent, by its key; always the same object.
 * @param {string} channel @param {number | string} [part] @returns {Uploads}
 */
export function uploads(channel, part = 0) {
  const id = `${channel}/${part}`, known = all.get(id)
  if (known) return known
  const created = createUploads(channel, part)
  all.set(id, created)
  hooks.forEach(hook => hook(created))
  return created
}

// Messages that wait for their files: sent once all are there, also after the page was loaded again.
import { jobs, outbox } from "../../web/static/channels.js"
import { html, Icon } from "../../web/static/shell.js"
import { effect, untracked } from "../../web/static/vendor/preact.js"
import { locale, once, t } from "../../web/static/strings.js"
import { UploadList } from "../../files/static/upload-list.js"
import { forgetUploads, uploads } from "../../files/static/uploads.js"
import { listContextOf } from "./list-state.js"

/** @typedef {import("../../web/static/types").Job} Job */

const percents = once(() => new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }))

/** The keys of the messages whose uploads run in this page. @type {Set<string>} */
const running = new Set()

effect(() => {
  for (const job of jobs.value) {
    if (job.state !== "uploading") continue
    const list = uploads(job.payload.channel, job.payload.key).list.value
    untracked(() => advance(job, list))
  }
})

/** @param {Job} job @param {import("../../files/static/uploads.js").Upload[]} list */
function advance(job, list) {
  const { payload, uploads: stored = [] } = job, { key, channel } = payload, here = uploads(channel, key)
  if (!running.has(key)) {
    running.add(key)
    if (!list.length) return here.resume(stored) // of an earlier page
  }
  const failed = list.find(({ state }) => state === "failed"), files = list.flatMap(({ file }) => file ?? [])
  if (failed) {
    [...list].forEach(here.cancel)
    running.delete(key)
    outbox.change(key, { state: "failed", words: failed.words, uploads: stored.map(one => ({ ...one, id: "" })) })
  } else if (files.length === list.length) {
    running.delete(key)
    forgetUploads(channel, key)
    if (!files.length && !payload.text) outbox.discard(key)
    else outbox.change(key, { state: job.until ? "waiting" : "queued", uploads: undefined, shown: files, payload: { ...payload, ...(files.length && { files: files.map(({ id }) => id) }) } })
  } else if (list.some(({ id }, at) => id !== stored[at]?.id)) {
    outbox.change(key, { uploads: list.map(({ name, size, type, blob, id }) => ({ name, size, type, blob, id })) })
  }
}

/** Put a message back into its field, with its files. @param {Job} job */
function cancel({ payload, ...job }) {
  const { channel, key, thread = 0 } = payload
  outbox.discard(key)
  listContextOf(channel, thread).composer.restore({ ...job, payload, uploads: undefined })
  uploads(channel, thread).put(uploads(channel, key).take())
}

/** @param {{ job: Job }} props */
export function SendingFiles({ job }) {
  const { channel, key } = job.payload, list = uploads(channel, key).list.value
  const size = list.reduce((sum, one) => sum + one.size, 0), received = list.reduce((sum, one) => sum + one.received, 0)
  return html`<${UploadList} channel=${channel} thread=${key} />
    <p class="sending-files"><${Icon} name="loader-circle" spin /><span>${t("chat.message.sending", { percent: percents().format(size ? Math.floor(received / size * 100) / 100 : 0) })}</span>
      <button class="plain" type="button" onClick=${() => cancel(job)}>${t("chat.message.cancel")}</button></p>`
}

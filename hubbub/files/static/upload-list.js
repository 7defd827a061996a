// The files of a message being written: thumbnail, name, progress, remove button.
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { iconOf, sizeOf } from "./attachments.js"
import { uploads } from "./uploads.js"

/** @typedef {import("./uploads.js").Upload} Upload */

/** @param {{ upload: Upload }} props */
function Progress({ upload: { name, received, size, state } }) {
  const n = Math.floor(received / size * 100)
  if (state === "ready" || state === "failed") return html`<small>${sizeOf(size)}</small>`
  return html`<progress max="100" value=${n} aria-label=${t("files.arriving", { name, n })}></progress>${state === "waiting" && html`<small>${t("files.waiting")}</small>`}`
}

/** The address of a small picture, "" without one: the server's preview, which stands still, once there is one. @param {Upload} upload */
function previewOf({ file, picture }) { return file?.preview ? `/files/${file.id}/thumb` : picture }

/** @param {{ channel: string, thread?: number | string }} props thread: or the key of a message */
export function UploadList({ channel, thread = 0 }) {
  const uploadsHere = uploads(channel, thread), list = uploadsHere.list.value
  if (!list.length) return null
  return html`<ul class="chips" aria-label=${t("files.chosen")}>${list.map(upload => html`<li class=${`file-chip ${upload.state}`} key=${upload.key}>
    ${previewOf(upload) ? html`<img src=${previewOf(upload)} alt="" />` : html`<${Icon} name=${iconOf(upload.type)} />`}
    <span class="what"><span class="name" dir="auto" title=${upload.name}>${upload.name}</span><${Progress} upload=${{ ...upload }} />
      ${upload.words && html`<span class="error-text" role="alert">${upload.words}</span>`}</span>
    ${upload.state === "failed" && html`<button class="plain" type="button" onClick=${() => uploadsHere.retry(upload)}>${t("files.retry")}</button>`}
    <button class="ghost" type="button" aria-label=${t("files.remove", { name: upload.name })} onClick=${() => uploadsHere.cancel(upload)}><${Icon} name="x" /></button></li>`)}</ul>`
}

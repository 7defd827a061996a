// The attachments of a message: images in reserved boxes, players for audio and video, links for other files.
import * as connection from "../../web/static/connection.js"
import { boot, html, Icon } from "../../web/static/shell.js"
import { preference } from "../../web/static/preferences.js"
import { computed, signal, useSignal } from "../../web/static/vendor/preact.js"
import { locale, t } from "../../web/static/strings.js"

/** @typedef {import("../../web/static/types").File} File */

const WIDE = 360, HIGH = 270
const PLAYED_BYTES = 4e6, PLAYED_EDGE = 2048 // larger animations play only in the lightbox; the preview's edge is at most 2048

/**
 * The pictures in the lightbox, and which one is shown.
 * @type {import("../../web/static/vendor/preact.js").Signal<{ files: File[], at: number } | null>}
 */
export const openedPictures = signal(null)

/** Whether the session cookie is set: files are served only to signed-in people, and a first visit starts without. */
const signedIn = signal(Boolean(boot.me))
connection.onConnect(() => { signedIn.value = true })

const stillQuery = matchMedia("(prefers-reduced-motion: reduce)")
const stillSystem = signal(stillQuery.matches)
stillQuery.addEventListener("change", () => { stillSystem.value = stillQuery.matches })
/** Whether the reader wants as little motion as possible. */
const still = computed(() => stillSystem.value || preference("motion") === "reduced")

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"]

/** Format a file size. @param {number} bytes */
export function sizeOf(bytes) {
  const step = bytes < 999.5 ? 0 : bytes < 999_500 ? 1 : bytes < 999_500_000 ? 2 : 3
  return new Intl.NumberFormat(locale(), { style: "unit", unit: UNITS[step], maximumSignificantDigits: 3 }).format(bytes / 1000 ** step)
}

/** @type {Array<[RegExp, string]>} */
const ICONS = [[/^image\//, "image"], [/^audio\//, "music"], [/^video\//, "video"], [/pdf$/, "file-text"], [/zip$/, "file-archive"]]

/** @param {string} type */
export function iconOf(type) { return ICONS.find(([kind]) => kind.test(type))?.[1] ?? "file" }

/** The address of a file. @param {File} file */
export function addressOf({ id, name }) { return `/files/${id}/${encodeURIComponent(name)}` }

/** The size of an image's box, reserved before it loads. @param {File} file */
function boxOf({ width = WIDE, height = HIGH }) {
  const scale = Math.min(1, WIDE / width, HIGH / height)
  return { width: Math.max(24, Math.round(width * scale)), height: Math.max(24, Math.round(height * scale)) }
}

/** Whether an animated picture plays in the message: not if it is large, or the reader wants no motion. @param {File} file */
function playsInline({ animated, size, width = 0, height = 0 }) {
  return animated && !still.value && size <= PLAYED_BYTES && Math.max(width, height) < PLAYED_EDGE
}

/** @param {{ file: File, all: File[] }} props */
function Picture({ file, all }) {
  const { width, height } = boxOf(file), plays = playsInline(file), source = plays ? addressOf(file) : `/files/${file.id}/thumb`
  return html`<button class="picture-box" type="button" aria-label=${t(file.animated ? "files.play" : "files.open", { name: file.name })} onClick=${() => { openedPictures.value = { files: all, at: all.indexOf(file) } }}>
    <img src=${signedIn.value ? source : undefined} alt="" width=${width} height=${height} loading="lazy" decoding="async" />
    ${file.animated && !plays && html`<span class="play-mark"></span>`}</button>`
}

/** @param {{ file: File, all: File[] }} props */
function Attachment({ file, all }) {
  const { type, name, size } = file, address = addressOf(file)
  const unplayable = useSignal(false), media = { controls: true, preload: "metadata", src: signedIn.value ? address : undefined, onError: () => { unplayable.value = true } }
  if (file.preview) return html`<${Picture} file=${file} all=${all} />`
  if (type.startsWith("audio/") && !unplayable.value) return html`<figure class="played"><figcaption dir="auto">${name}</figcaption><audio ...${media}></audio></figure>`
  if (type.startsWith("video/") && !unplayable.value) return html`<figure class="played"><video ...${media}></video><figcaption dir="auto">${name}</figcaption></figure>`
  return html`<a class="file-link" href=${address} download=${name} aria-label=${t("files.save", { name, size: sizeOf(size) })}><${Icon} name=${iconOf(type)} />
    <span class="what"><span class="name" dir="auto">${name}</span> <small>${sizeOf(size)}</small></span><${Icon} name="download" /></a>`
}

/** @param {{ files: File[] }} props */
export function Attachments({ files }) {
  const pictures = files.filter(({ preview }) => preview)
  return html`<div class="attachments">${files.map(file => html`<${Attachment} key=${file.id} file=${file} all=${pictures} />`)}</div>`
}

// How large a file is, as people read it.
const number = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 })

/** @param {number} bytes */
export function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 999_500) return `${number.format(bytes / 1000)} kB`
  return bytes < 999_500_000 ? `${number.format(bytes / 1e6)} MB` : `${number.format(bytes / 1e9)} GB`
}

/** @type {Array<[RegExp, string]>} */
const ICONS = [[/^image\//, "image"], [/^audio\//, "music"], [/^video\//, "video"], [/pdf$/, "file-text"], [/zip$/, "file-archive"]]

/** @param {string} type */
export function iconOf(type) { return ICONS.find(([kind]) => kind.test(type))?.[1] ?? "file" }

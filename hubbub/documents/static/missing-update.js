// What a server that was restored to an earlier state is missing. Pure: Yjs is passed in.

/** @typedef {typeof import("../../web/static/vendor/editor.js")} Vendor */
/** @typedef {Pick<Vendor, "Doc" | "applyUpdate" | "encodeStateVector" | "encodeStateAsUpdate">} Yjs */

/**
 * Return an update with what this document has and the server has not, besides the unsaved updates; null if nothing is
 * missing.
 * @param {Yjs} yjs @param {any} doc @param {Uint8Array[]} server the server's updates @param {Uint8Array[]} unsaved
 */
export function missingUpdate({ Doc, applyUpdate, encodeStateVector, encodeStateAsUpdate }, doc, server, unsaved) {
  const there = new Doc()
  server.forEach(update => applyUpdate(there, update))
  const vector = encodeStateVector(there)
  unsaved.forEach(update => applyUpdate(there, update))
  const same = encodeStateVector(there).join() === encodeStateVector(doc).join() && String(there.getText("text")) === String(doc.getText("text"))
  there.destroy()
  return same ? null : encodeStateAsUpdate(doc, vector)
}

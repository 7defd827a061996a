// What a server that was put back to an earlier day lacks of what it had acknowledged; given Yjs, so that it can be tested.

/** @typedef {typeof import("../../web/static/vendor/editor.js")} Vendor */
/** @typedef {Pick<Vendor, "Doc" | "applyUpdate" | "encodeStateVector" | "encodeStateAsUpdate">} Yjs */

/**
 * An update with what the document here has and the server has not, nor will get from what is unsaved; null for nothing.
 * @param {Yjs} yjs @param {any} doc @param {Uint8Array[]} server what it has @param {Uint8Array[]} unsaved
 */
export function lacking({ Doc, applyUpdate, encodeStateVector, encodeStateAsUpdate }, doc, server, unsaved) {
  const there = new Doc()
  server.forEach(update => applyUpdate(there, update))
  const vector = encodeStateVector(there)
  unsaved.forEach(update => applyUpdate(there, update))
  const same = encodeStateVector(there).join() === encodeStateVector(doc).join() && String(there.getText("text")) === String(doc.getText("text"))
  there.destroy()
  return same ? null : encodeStateAsUpdate(doc, vector)
}

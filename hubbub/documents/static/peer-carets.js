// Carets and selections of other people in the editor: names as text, colours from eight classes.
import { Annotation, createAbsolutePositionFromRelativePosition, createRelativePositionFromJSON, createRelativePositionFromTypeIndex,
  Decoration, ViewPlugin, WidgetType } from "../../web/static/vendor/editor.js"
import { person } from "../../people/static/directory.js"

/** @typedef {import("./selections.js").Selection} Selection */

class Caret extends WidgetType {
  /** @param {string} name @param {number} hue @param {string} place where it is for its owner, so that the name shows again after each move of theirs */
  constructor(name, hue, place) {
    super()
    this.name = name
    this.hue = hue
    this.place = place
  }
  /** @param {Caret} other */
  eq(other) { return other.name === this.name && other.hue === this.hue && other.place === this.place }
  toDOM() {
    const caret = document.createElement("span"), flag = document.createElement("span")
    caret.className = `peer hue-${this.hue}`
    caret.setAttribute("aria-hidden", "true")
    flag.textContent = this.name
    caret.append(flag)
    return caret
  }
  ignoreEvent() { return true }
}

export const selectionsChanged = Annotation.define()

/** @param {any} text the Y.Text @param {{ others: Map<number, Selection>, move: (anchor: any, head: any) => void }} selections */
export function peerCarets(text, selections) {
  const at = (/** @type {any} */ place) => {
    try { return place && createAbsolutePositionFromRelativePosition(createRelativePositionFromJSON(place), text.doc)?.index } catch { return null }
  }
  return ViewPlugin.fromClass(class {
    constructor() { this.decorations = Decoration.none }
    /** @param {import("../../web/static/vendor/editor.js").ViewUpdate} update */
    update(update) {
      const { state, view } = update
      if (update.selectionSet || update.docChanged || update.focusChanged) {
        const { anchor, head } = state.selection.main
        queueMicrotask(() => {
          const place = (/** @type {number} */ index) => view.hasFocus ? createRelativePositionFromTypeIndex(text, Math.min(index, text.length)) : null
          selections.move(place(anchor), place(head))
        })
      }
      const marks = []
      for (const { person: id, ...selection } of selections.others.values()) {
        const anchor = at(selection.anchor), head = at(selection.head), hue = id % 8
        if (anchor == null || head == null || Math.max(anchor, head) > state.doc.length) continue
        if (anchor !== head) marks.push(Decoration.mark({ class: `peer-range hue-${hue}` }).range(Math.min(anchor, head), Math.max(anchor, head)))
        marks.push(Decoration.widget({ widget: new Caret(person(id).name || "…", hue, JSON.stringify(selection.head)), side: head < anchor ? 1 : -1 }).range(head))
      }
      this.decorations = Decoration.set(marks, true)
    }
  }, { decorations: plugin => plugin.decorations })
}

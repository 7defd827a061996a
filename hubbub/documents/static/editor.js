// CodeMirror bound to a Yjs text. It lives in a shadow root, where its styles are adopted sheets, which the strict
// policy allows.
import { Compartment, Decoration, defaultKeymap, defineLanguageFacet, EditorState, EditorView, GFM, HighlightStyle, keymap, Language, markdownParser, placeholder,
  syntaxHighlighting, tags, UndoManager, ViewPlugin, yCollab, yUndoManagerKeymap } from "../../web/static/vendor/editor.js"
import { formatted } from "../../chat/static/format-text.js"
import { selectionsChanged, peerCarets } from "./peer-carets.js"

const MAX_INSERT = 80_000 // characters in one change, at most 3 bytes each, so that its update stays below the limit

const markdown = new Language(defineLanguageFacet({}), markdownParser.configure(GFM), [], "markdown")
const highlighting = HighlightStyle.define([
  { tag: tags.heading1, fontSize: "1.5em", fontWeight: "650" }, { tag: tags.heading2, fontSize: "1.25em", fontWeight: "650" },
  { tag: [tags.heading3, tags.heading4, tags.heading5, tags.heading6], fontWeight: "650" },
  { tag: tags.strong, fontWeight: "650" }, { tag: tags.emphasis, fontStyle: "italic" }, { tag: tags.strikethrough, textDecoration: "line-through" },
  { tag: [tags.link, tags.url], color: "var(--accent)" }, { tag: tags.monospace, fontFamily: "ui-monospace, monospace", fontSize: ".9em" },
  { tag: tags.quote, color: "var(--muted)" }, { tag: tags.processingInstruction, color: "var(--muted)", fontWeight: "400" },
])
const hues = Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].map(hue => [`.hue-${hue}`, { "--c": `oklch(52% .17 calc(var(--h) + ${hue * 45}))` }]))
const theme = EditorView.theme({
  "&": { minHeight: "100%", color: "var(--text)", backgroundColor: "transparent" }, "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font)", lineHeight: "1.65", overflow: "visible" },
  ".cm-content": { width: "min(100%, 50rem)", flex: "none", margin: "0 auto", padding: "1.5rem var(--margin) 40vh", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0", position: "relative" }, ".cm-placeholder": { color: "var(--muted)" }, ".cm-cursor": { borderLeftColor: "var(--accent)" },
  ".peer": { borderInlineStart: "2px solid var(--c)", marginInline: "-1px" },
  ".peer > span": { position: "absolute", insetInlineStart: "calc(100% + .25rem)", maxWidth: "calc(var(--margin) - .5rem)", overflow: "hidden", textOverflow: "ellipsis", marginBlockStart: ".25em",
    padding: "0 .375rem", borderRadius: "4px", background: "var(--c)", color: "white", fontSize: ".6875rem", lineHeight: "1.45", fontWeight: "500", whiteSpace: "nowrap", pointerEvents: "none",
    animation: "fade-flag 4s ease-in forwards" },
  "@keyframes fade-flag": { "0%, 60%": { opacity: 1 }, "100%": { opacity: 0 } },
  ".peer-range": { background: "color-mix(in oklch, var(--c) 22%, transparent)" },
  ...hues,
})

/** @type {Record<string, import("../../chat/static/format-text.js").Format>} */
const MARKS = { "Mod-b": "bold", "Mod-i": "italic", "Mod-Shift-x": "strike", "Mod-Shift-c": "code" }

/** Every line has the direction of its own text. */
const lineDirections = [EditorView.perLineTextDirection.of(true), ViewPlugin.fromClass(class {
  /** @param {any} view */
  constructor(view) { this.decorations = linesOf(view) }
  /** @param {import("../../web/static/vendor/editor.js").ViewUpdate} update */
  update({ view, docChanged, viewportChanged }) { if (docChanged || viewportChanged) this.decorations = linesOf(view) }
}, { decorations: plugin => plugin.decorations })]
const directed = Decoration.line({ attributes: { dir: "auto" } })

/** @param {any} view */
function linesOf(view) {
  const ranges = []
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; at = view.state.doc.lineAt(at).to + 1) ranges.push(directed.range(view.state.doc.lineAt(at).from))
  }
  return Decoration.set(ranges, true)
}

/**
 * @param {HTMLElement} host @param {{ text: any, selections: any, label: string, empty: string, writes: boolean, tooMuch: () => void,
 *   suggesting: import("./editor-suggestions.js").Suggesting }} how
 */
export function mount(host, { text, selections, label, empty, writes, tooMuch, suggesting }) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" }), undo = new UndoManager(text), may = new Compartment()
  const locked = (/** @type {boolean} */ on) => [EditorState.readOnly.of(on), EditorView.editable.of(!on)]
  const insertLimit = EditorState.transactionFilter.of(change => {
    let added = 0
    change.changes.iterChanges((_a, _b, from, to) => { added += to - from })
    if (!change.isUserEvent("input") || added <= MAX_INSERT) return change
    tooMuch()
    return []
  })
  /** @param {import("../../chat/static/format-text.js").Format} format */
  function format(format) {
    const { from, to } = view.state.selection.main, change = formatted(format, view.state.doc.toString(), from, to)
    view.dispatch({ changes: { from: change.from, to: change.to, insert: change.insert }, selection: { anchor: change.select[0], head: change.select[1] }, scrollIntoView: true })
    view.focus()
    return true
  }
  const keys = ["ArrowDown", "ArrowUp", "Enter", "Tab", "Escape"].map(key => ({ key, run: () => suggesting.key(key) }))
  const marks = Object.entries(MARKS).map(([key, mark]) => ({ key, preventDefault: true, run: () => format(mark) }))
  const view = new EditorView({
    root, parent: /** @type {any} */ (root),
    state: EditorState.create({ doc: text.toString(), extensions: [
      keymap.of([...keys, ...marks, ...yUndoManagerKeymap, { key: "Escape", run: () => { document.getElementById("main")?.focus(); return true } }, ...defaultKeymap]),
      markdown.extension, syntaxHighlighting(highlighting), theme, EditorView.lineWrapping, lineDirections, placeholder(empty), insertLimit, may.of(locked(!writes)),
      EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "true", autocapitalize: "sentences" }),
      EditorView.updateListener.of(update => { if (update.docChanged || update.selectionSet || update.focusChanged) suggesting.update(update.view) }),
      yCollab(text, null, { undoManager: undo }), peerCarets(text, selections)] }),
  })
  return {
    view, format,
    /** Other people's selections have moved. */
    moved() { view.dispatch({ annotations: selectionsChanged.of(true) }) },
    /** @param {boolean} on */
    allow(on) { view.dispatch({ effects: may.reconfigure(locked(!on)) }) },
    destroy() { view.destroy() },
  }
}

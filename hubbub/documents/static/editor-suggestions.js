// Suggestions at the caret of the editor: people, rooms, emoji, documents. The editor keeps the focus.
import { html } from "../../web/static/shell.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { queryAt } from "../../chat/static/matches.js"
import { SuggestionList } from "../../chat/static/suggestion-list.js"
import { suggestionsFor } from "../../chat/static/suggestions.js"

/** @typedef {import("../../chat/static/autocomplete.js").Suggestion} Suggestion */
/** What the editor calls: after each change, and for each key that may belong to the list. @typedef {{ update: (view: any) => void, key: (name: string) => boolean }} Suggesting */
const SEVERAL = /^@(room|here)$/ // a document notifies people only

/** @param {any} view @returns {import("../../chat/static/autocomplete.js").Query | null} at positions of the whole text */
function queryIn(view) {
  const { head, empty } = view.state.selection.main, line = view.state.doc.lineAt(head)
  const found = empty && view.hasFocus ? queryAt(line.text, head - line.from) : null
  return found && found.sign !== "/" ? { ...found, from: line.from + found.from, to: head } : null
}

/** @param {{ editor: { current: any }, channel: string, suggesting: Suggesting }} props */
export function EditorSuggestions({ editor, channel, suggesting }) {
  const query = useSignal(/** @type {ReturnType<typeof queryIn>} */ (null)), chosen = useSignal(0), dismissed = useSignal(-1)
  const box = useRef(/** @type {HTMLElement | null} */ (null))
  const list = query.value ? suggestionsFor(query.value, channel).filter(({ id }) => !SEVERAL.test(id)) : []
  const at = Math.min(chosen.value, list.length - 1)

  /** @param {number} index */
  function accept(index) {
    const { view } = editor.current ?? {}, { from, to } = query.value ?? { from: 0, to: 0 }, { insert } = list[index]
    query.value = null
    view?.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent: "input.complete" })
    view?.focus()
  }
  suggesting.update = view => {
    const next = queryIn(view)
    if (next?.word !== query.peek()?.word) chosen.value = 0
    if (!next) dismissed.value = -1
    query.value = next && next.from !== dismissed.peek() ? next : null
  }
  suggesting.key = name => {
    if (!list.length) return false
    if (name === "Enter" || name === "Tab") accept(at)
    else if (name === "Escape") { dismissed.value = query.value?.from ?? -1; query.value = null }
    else chosen.value = (at + (name === "ArrowDown" ? 1 : -1) + list.length) % list.length
    return true
  }
  useEffect(() => {
    const { view } = editor.current ?? {}, caret = query.value && view?.coordsAtPos(query.value.from), own = box.current
    if (!caret || !own) return
    const above = caret.bottom + own.offsetHeight > innerHeight - 8
    own.style.setProperty("inset-block-start", `${above ? caret.top - own.offsetHeight - 4 : caret.bottom + 4}px`)
    own.style.setProperty("left", `${Math.max(8, Math.min(caret.left, innerWidth - own.offsetWidth - 8))}px`)
  })
  if (!list.length) return null
  return html`<div class="editor-suggestions" ref=${box}><${SuggestionList} id="editor-suggestions" suggestions=${list} chosen=${at} accept=${accept} />
    <output class="visually-hidden">${t("documents.suggested", { name: list[at].label })}</output></div>`
}

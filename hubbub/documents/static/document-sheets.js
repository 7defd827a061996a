// The sheets of a document: its source in the editor, and how it reads.
import { html } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { useEffect, useRef } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { DocumentBar } from "./document-bar.js"
import { modeOf } from "./document-mode.js"
import { EditorSuggestions } from "./editor-suggestions.js"
import { peopleEditing } from "./people-editing.js"
import { Reading } from "./reading.js"
import { createSelections } from "./selections.js"

/** @param {{ opened: any, writes: boolean, editor: { current: any }, sheet: { current: HTMLElement | null }, suggesting: import("./editor-suggestions.js").Suggesting }} props */
function Editor({ opened, writes, editor, sheet: host, suggesting }) {
  useEffect(() => {
    let gone = false
    const selections = createSelections(opened.name, opened.doc.clientID, () => {
      peopleEditing.value = [...new Set([...selections.others.values()].map(({ person }) => person))]
      editor.current?.moved()
    })
    import("./editor.js").then(({ mount }) => {
      if (gone || !host.current) return
      const { title, may_write } = opened.facts.peek()
      editor.current = mount(host.current, { text: opened.text, selections, label: title, empty: t("documents.document.empty"), writes: may_write,
        tooMuch: () => toast(t("documents.document.much"), { danger: true }), suggesting })
      if (may_write && !opened.text.length) editor.current.view.focus()
    })
    return () => {
      gone = true
      selections.leave()
      peopleEditing.value = []
      editor.current?.destroy()
      editor.current = null
    }
  }, [opened])
  useEffect(() => { editor.current?.allow(writes) }, [writes])
  const onClick = () => { if (!editor.current?.view.hasFocus) editor.current?.view.focus() }
  return html`<div class="editor" ref=${host} tabindex=${writes ? "-1" : "0"} onClick=${onClick}></div>`
}

/** @param {{ opened: any }} props */
export function Sheets({ opened }) {
  const editor = useRef(/** @type {any} */ (null)), source = useRef(/** @type {HTMLElement | null} */ (null)), reading = useRef(/** @type {HTMLElement | null} */ (null))
  const suggesting = useRef(/** @type {import("./editor-suggestions.js").Suggesting} */ ({ update() {}, key: () => false })).current
  const [mayWrite, isEmpty] = useRef([opened.facts.peek().may_write, !opened.text.length]).current // when it opened: a person who loses the right to write keeps this view
  const writes = opened.facts.value.may_write && opened.state.value !== "refused", mode = modeOf(mayWrite || writes, isEmpty)
  /** Scroll the reading view along with the editor. */
  function follow() {
    const from = source.current, to = reading.current
    if (from && to && from.matches(":hover, :focus-within")) to.scrollTop = from.scrollTop / Math.max(1, from.scrollHeight - from.clientHeight) * (to.scrollHeight - to.clientHeight)
  }
  return html`<${DocumentBar} opened=${opened} mode=${mode} writes=${writes} format=${(/** @type {any} */ one) => editor.current?.format(one)} />
    <div class=${`sheets ${mode}`} onScrollCapture=${follow}>
      ${mode !== "read" && html`<${Editor} key="source" opened=${opened} writes=${writes} editor=${editor} sheet=${source} suggesting=${suggesting} />`}
      ${mode !== "write" && html`<${Reading} key="reading" opened=${opened} writes=${writes} sheet=${reading} />`}</div>
    ${mode !== "read" && html`<${EditorSuggestions} editor=${editor} channel=${opened.facts.value.room} suggesting=${suggesting} />`}`
}

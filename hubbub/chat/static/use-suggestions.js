// The suggestions for the word at the caret: the list, the selected one, and the keys.
import { onConnect } from "../../web/static/connection.js"
import { signal, useSignal } from "../../web/static/vendor/preact.js"
import { insert } from "./composer-keys.js"

/** What finds suggestions: loaded once connected, or with the first key. @type {import("../../web/static/vendor/preact.js").Signal<typeof import("./soon.js") | null>} */
const source = signal(null)
async function load() { source.value ??= await import("./soon.js").catch(() => null) }
onConnect(load)

/** @param {{ current: HTMLTextAreaElement | null }} input @param {string} channel @param {number} root @param {string} id of the field */
export function useSuggestions(input, channel, root, id) {
  const query = useSignal(/** @type {import("./autocomplete.js").Query | null} */ (null))
  const chosen = useSignal(0), dismissedAt = useSignal(-1)
  const list = query.value && source.value?.suggestionsFor(query.value, channel, root) || []

  function update() {
    const area = input.current, found = source.peek()
    if (!found) return void load().then(() => { if (source.peek()) update() })
    const next = area && area.selectionStart === area.selectionEnd ? found.queryAt(area.value, area.selectionStart) : null
    if (next?.word !== query.peek()?.word) chosen.value = 0
    query.value = next && next.from !== dismissedAt.peek() ? next : null
    if (!next) dismissedAt.value = -1
  }

  function close() { query.value = null }

  /** @param {number} index */
  function accept(index) {
    const { from, to } = query.value ?? { from: 0, to: 0 }
    if (input.current) insert(input.current, from, to, list[index].insert)
    query.value = null
  }

  /** Handle a key; return whether it was handled. @param {KeyboardEvent} event */
  function onKey(event) {
    if (!list.length) {
      if (/^(Arrow|Home|End)/.test(event.key)) setTimeout(update)
      return false
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) chosen.value = (chosen.value + step + list.length) % list.length
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) accept(Math.min(chosen.value, list.length - 1))
    else if (event.key === "Escape") { dismissedAt.value = query.value?.from ?? -1; close() }
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }

  const at = Math.min(chosen.value, list.length - 1)
  return { list, chosen: at, active: list.length ? `${id}-suggestions-${at}` : undefined, update, close, accept, onKey }
}

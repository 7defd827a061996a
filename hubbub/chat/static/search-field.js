// The field of the search: filters and their values are suggested while typing.
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { fold, matchScore, t } from "../../web/static/strings.js"
import { insert } from "./composer-keys.js"
import { suggestFilters, tokenAt } from "./search-filters.js"
import { SuggestionList } from "./suggestion-list.js"

/** @typedef {import("./search-filters.js").Token} Token */
/** @typedef {import("./autocomplete.js").Suggestion} Suggestion */

/**
 * @param {{ input: { current: HTMLInputElement | null }, value: string, busy: boolean, isTyping: import("../../web/static/vendor/preact.js").Signal<boolean>, set: (words: string) => void, down: () => void, submit: () => void }} props
 *   isTyping: whether the value of a filter may be incomplete; down: moves the focus to the first result
 */
export function SearchField({ input, value, busy, isTyping, set, down, submit }) {
  const token = useSignal(/** @type {Token | null} */ (null)), list = useSignal(/** @type {Suggestion[]} */ ([])), chosen = useSignal(-1), waits = useSignal(false)
  const before = useRef(/** @type {string | null | undefined} */ (undefined))
  const shown = token.value ? list.value : []

  function update() {
    const field = input.current, next = field && document.activeElement === field ? tokenAt(field.value, field.selectionStart ?? 0) : null
    if (next?.name !== token.peek()?.name || next?.word !== token.peek()?.word) token.value = next
  }
  useEffect(() => {
    let stale = false
    const now = token.value
    list.value = now && now.name === before.current ? list.peek().filter(({ id, label }) => matchScore(fold(now.word), [id, label]) < Infinity) : [] // until there is an answer
    before.current = now ? now.name : undefined
    waits.value = now !== null
    if (now) suggestFilters(now).then(found => {
      if (stale) return
      list.value = found
      chosen.value = now.name === null ? -1 : 0 // a word may be no filter
    }).finally(() => { if (!stale) waits.value = false })
    return () => { stale = true }
  }, [token.value])

  const suggests = waits.value || shown.length > 0
  useEffect(() => { isTyping.value = suggests && token.value !== null && token.value.name !== null }, [suggests, token.value])

  /** @param {number} index */
  function accept(index) {
    const { from, to } = token.value ?? { from: 0, to: 0 }
    token.value = null
    if (input.current) insert(input.current, from, to, shown[index].insert)
  }
  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], { length } = shown
    if (!length) { if (step === 1) { event.preventDefault(); down() } else if (/^(Arrow|Home|End)/.test(event.key)) setTimeout(update); return }
    if (step) chosen.value = chosen.value < 0 && step < 0 ? length - 1 : (chosen.value + step + length) % length
    else if (event.key === "Tab" && !event.shiftKey || event.key === "Enter" && chosen.value >= 0) accept(Math.max(0, chosen.value))
    else if (event.key === "Escape") token.value = null
    else return
    event.preventDefault()
  }
  return html`<form role="search" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); submit() }}><${Icon} name=${busy ? "loader-circle" : "search"} spin=${busy} />
    <input class="field" id="search" ref=${input} type="search" dir="auto" placeholder=${t("chat.search.label")} aria-label=${t("chat.search.label")} autocomplete="off" spellcheck="false"
      role="combobox" aria-autocomplete="list" aria-expanded=${String(shown.length > 0)} aria-controls=${shown.length ? "search-suggestions" : undefined}
      aria-activedescendant=${shown.length && chosen.value >= 0 ? `search-suggestions-${chosen.value}` : undefined}
      value=${value} onInput=${(/** @type {any} */ event) => { set(event.target.value); update() }} onKeyDown=${onKeyDown} onClick=${update} onBlur=${() => { token.value = null }} />
    ${shown.length > 0 && html`<${SuggestionList} id="search-suggestions" suggestions=${shown} chosen=${chosen.value} accept=${accept} />`}</form>`
}

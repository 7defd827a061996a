// The offers for the word under the caret: which there are, which one is chosen, and what the keys do to them.
import { useSignal } from "../../web/static/vendor/preact.js"
import { insert } from "./field.js"
import { offersFor } from "./offers.js"
import { asked } from "./suggest.js"

/** @param {{ current: HTMLTextAreaElement | null }} input @param {string} channel @param {string} id of the field */
export function useOffers(input, channel, id) {
  const question = useSignal(/** @type {import("./suggest.js").Asked | null} */ (null))
  const chosen = useSignal(0), put = useSignal(-1)
  const list = question.value ? offersFor(question.value, channel) : []

  function look() {
    const area = input.current
    const next = area && area.selectionStart === area.selectionEnd ? asked(area.value, area.selectionStart) : null
    if (next?.word !== question.peek()?.word) chosen.value = 0
    question.value = next && next.from !== put.peek() ? next : null
    if (!next) put.value = -1
  }

  function close() { question.value = null }

  /** @param {number} index */
  function take(index) {
    const { from, to } = question.value ?? { from: 0, to: 0 }
    if (input.current) insert(input.current, from, to, list[index].insert)
    question.value = null
  }

  /** Whether the key was meant for the offers. @param {KeyboardEvent} event */
  function key(event) {
    if (event.isComposing || !list.length) {
      if (/^(Arrow|Home|End)/.test(event.key)) setTimeout(look)
      return false
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) chosen.value = (chosen.value + step + list.length) % list.length
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) take(Math.min(chosen.value, list.length - 1))
    else if (event.key === "Escape") { put.value = question.value?.from ?? -1; close() }
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }

  const at = Math.min(chosen.value, list.length - 1)
  return { list, chosen: at, active: list.length ? `${id}-offers-${at}` : undefined, look, close, take, key }
}

// The emoji picker: recently used ones, groups, and search by name.
import { openOverlay } from "../../web/static/overlays.js"
import { html, wide } from "../../web/static/shell.js"
import { useEffect, useLayoutEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { forwards, t } from "../../web/static/strings.js"
import { recentEmoji } from "./actions.js"
import { hasKeyboard } from "./composer-keys.js"
import { openedPicker } from "./emoji.js"
import { allEmoji, findEmoji } from "./emoji-names.js"

/** @typedef {import("./emoji.js").Request} Request */

const COLUMNS = 8, GAP = 6, EDGE = 8
const TABS = ["🕘", "😀", "🧑", "🌿", "🍎", "🚗", "⚽", "💡", "🔣", "🏁"]

/** @param {HTMLElement} box @param {HTMLElement} anchor */
function place(box, anchor) {
  const { top, bottom, left, right } = anchor.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = box
  const above = top - GAP - height
  box.style.left = `${Math.max(EDGE, Math.min(forwards() < 0 ? left : right - width, innerWidth - width - EDGE))}px`
  box.style.top = `${above > EDGE ? above : Math.max(EDGE, Math.min(bottom + GAP, innerHeight - height - EDGE))}px`
}

/** @param {Request} props */
function Choice({ anchor, done }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null)), word = useSignal(""), tab = useSignal(0)
  const shown = word.value.trim() ? findEmoji(word.value, 80)
    : tab.value ? allEmoji()[tab.value - 1] ?? [] : recentEmoji.value.map(picture => ({ picture, label: picture, labels: [], names: [] }))
  useEffect(() => { allEmoji() }, [])
  useEffect(() => openOverlay(() => box.current?.hidePopover()), [])
  useLayoutEffect(() => {
    box.current?.showPopover()
    if (box.current && wide.peek()) place(box.current, anchor)
    if (hasKeyboard.matches) box.current?.querySelector("input")?.focus()
    else box.current?.focus() // not the field: the keyboard would cover the emoji
  }, [anchor])

  /** @param {string} picture */
  function choose(picture) {
    openedPicker.value = null
    anchor.focus()
    done(picture)
  }
  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const buttons = [...box.current?.querySelectorAll(".emoji-grid button") ?? []]
    const step = { ArrowRight: forwards(), ArrowLeft: -forwards(), ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key]
    const at = buttons.indexOf(/** @type {Element} */ (document.activeElement)), typing = at < 0
    if (typing && event.key === "Enter" && shown[0]) { event.preventDefault(); return choose(shown[0].picture) }
    if (!step || (typing && event.key !== "ArrowDown")) return
    event.preventDefault()
    const next = buttons[typing ? 0 : at + step] ?? (at + step < 0 ? box.current?.querySelector("input") : null)
    if (next) /** @type {HTMLElement} */ (next).focus()
  }
  /** @param {any} event */
  function onToggle(event) {
    if (event.newState !== "closed" || openedPicker.peek()?.anchor !== anchor) return
    openedPicker.value = null
    if (box.current?.contains(document.activeElement) || document.activeElement === document.body) anchor.focus()
  }
  return html`<div class="picker" popover="auto" tabindex="-1" ref=${box} onToggle=${onToggle} onKeyDown=${onKeyDown} role="dialog" aria-label=${t("chat.picker.label")}>
    <input class="field" type="search" placeholder=${t("chat.picker.search")} aria-label=${t("chat.picker.search")} value=${word.value}
      onInput=${(/** @type {any} */ event) => { word.value = event.target.value }} />
    <div class="emoji-tabs" role="group" aria-label=${t("chat.picker.groups")}>${TABS.map((picture, index) => html`<button type="button" key=${picture}
      aria-pressed=${!word.value && tab.value === index ? "true" : "false"} aria-label=${t(`chat.picker.group.${index}`)} title=${t(`chat.picker.group.${index}`)}
      onClick=${() => { word.value = ""; tab.value = index }}>${picture}</button>`)}</div>
    <div class="emoji-grid" role="group" aria-label=${t("chat.picker.label")}>${shown.map(({ picture, label }) => html`<button type="button" key=${picture}
      aria-label=${label} title=${label} onClick=${() => choose(picture)}>${picture}</button>`)}
      ${!shown.length && html`<p>${t("chat.picker.none")}</p>`}</div>
  </div>`
}

export function EmojiPicker() {
  return openedPicker.value && html`<${Choice} key=${openedPicker.value.anchor} ...${openedPicker.value} />`
}

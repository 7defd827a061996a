// Menus: below their button or at a point, on a phone as a sheet; arrow keys move through them, Escape closes them.
import { openOverlay } from "./overlays.js"
import { html, Icon, wide } from "./shell.js"
import { forwards } from "./strings.js"
import { useEffect, useLayoutEffect, useRef } from "./vendor/preact.js"

/** @typedef {import("./types").Choices} Choices */

/**
 * An open menu; `close` gets whether the focus should go back.
 * @param {{ label: string, items: Choices, close: (back: boolean) => void, within: () => Element | null, upward?: boolean, at?: { x: number, y: number } }} props
 */
export function OpenMenu({ label, items, close, within, upward = false, at }) {
  const sheet = useRef(/** @type {HTMLElement | null} */ (null))
  /** @returns {HTMLElement[]} */
  const choices = () => [...sheet.current?.querySelectorAll('[role^="menuitem"]') ?? []].map(one => /** @type {HTMLElement} */ (one))
  useLayoutEffect(() => {
    const menu = /** @type {HTMLElement | null | undefined} */ (sheet.current?.firstElementChild)
    if (!menu || !at || !wide.peek()) return
    const { width, height } = menu.getBoundingClientRect()
    menu.style.left = `${Math.max(4, Math.min(forwards() < 0 ? at.x - width : at.x, innerWidth - width - 4))}px`
    menu.style.top = `${Math.max(4, Math.min(at.y, innerHeight - height - 4))}px`
  }, [items])
  useEffect(() => {
    if (!wide.peek()) sheet.current?.showPopover()
    choices()[0]?.focus()
    /** @param {Event} event */
    const outside = event => { if (!(within() ?? sheet.current)?.contains(/** @type {Node} */ (event.target))) close(false) }
    const closed = openOverlay(() => close(true))
    document.addEventListener("pointerdown", outside)
    return () => { closed(); document.removeEventListener("pointerdown", outside) }
  }, [])

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const all = choices(), at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement))
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }
    const next = steps[/** @type {keyof typeof steps} */ (event.key)]
    if (event.key === "Escape") close(true)
    else if (event.key === "Tab") { close(false); return }
    else if (next !== undefined) all[next % all.length]?.focus()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  /** @param {Event} event */
  const onVeil = event => { if (event.target === event.currentTarget) close(true) }
  const variant = `menu${upward ? " up" : ""}${at ? " at-point" : ""}`
  return html`<div class="sheet" ref=${sheet} popover=${wide.peek() ? undefined : "manual"} onClick=${onVeil} onKeyDown=${onKeyDown}><div class=${variant} role="menu" aria-label=${label}>
    ${items.map(item => item && html`<button class=${item.danger ? "row danger" : "row"} type="button" tabindex="-1"
      role=${item.checked === undefined ? "menuitem" : "menuitemcheckbox"} aria-checked=${item.checked === undefined ? undefined : String(item.checked)}
      onClick=${() => { if (!item.stays) close(true); item.act() }}>
      <${Icon} name=${item.checked ? "check" : item.icon ?? "dot"} /><span class="label">${item.label}</span></button>`)}
  </div></div>`
}

// A menu button: the menu opens below it, on a phone as a sheet; arrow keys move through it, Escape closes it.
import { openOverlay } from "./overlays.js"
import { html, Icon, wide } from "./shell.js"
import { useEffect, useRef, useSignal } from "./vendor/preact.js"

/** @typedef {{ icon?: string, label: string, act: () => void, danger?: boolean, checked?: boolean }} Choice */

/**
 * @param {{ label: string, icon?: string, items: Array<Choice | null | false | undefined>, variant?: string, children?: any,
 *           onOpen?: (open: boolean) => void }} props
 */
export function Menu({ label, icon = "ellipsis", items, variant = "ghost", children, onOpen }) {
  const open = useSignal(false), upward = useSignal(false)
  const box = useRef(/** @type {HTMLElement | null} */ (null)), button = useRef(/** @type {HTMLButtonElement | null} */ (null))

  /** @param {boolean} next @param {boolean} [back] */
  function set(next, back = false) {
    if (open.value === next) return
    if (next && button.current) upward.value = button.current.getBoundingClientRect().bottom > innerHeight * .6
    open.value = next
    onOpen?.(next)
    if (back) button.current?.focus()
  }
  /** @returns {HTMLElement[]} */
  const choices = () => [...box.current?.querySelectorAll('[role^="menuitem"]') ?? []].map(one => /** @type {HTMLElement} */ (one))
  useEffect(() => {
    if (!open.value) return
    if (!wide.peek()) /** @type {HTMLElement | null} */ (box.current?.querySelector(".sheet"))?.showPopover()
    choices()[0]?.focus()
    /** @param {Event} event */
    const outside = event => { if (!box.current?.contains(/** @type {Node} */ (event.target))) set(false) }
    const closed = openOverlay(() => set(false, true))
    document.addEventListener("pointerdown", outside)
    return () => { closed(); document.removeEventListener("pointerdown", outside) }
  }, [open.value])

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (!open.value) return
    const all = choices(), at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement))
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }
    const next = steps[/** @type {keyof typeof steps} */ (event.key)]
    if (event.key === "Escape") set(false, true)
    else if (event.key === "Tab") { set(false); return }
    else if (next !== undefined) all[next % all.length]?.focus()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  /** @param {Event} event */
  const onVeil = event => { if (event.target === event.currentTarget) set(false, true) }
  return html`<span class="menu-box" ref=${box} onKeyDown=${onKeyDown}>
    <button class=${variant} type="button" ref=${button} aria-haspopup="menu" aria-expanded=${open.value ? "true" : "false"}
      aria-label=${children ? undefined : label} title=${label} onClick=${() => set(!open.value)}>${children ?? html`<${Icon} name=${icon} />`}</button>
    ${open.value && html`<div class="sheet" popover=${wide.peek() ? undefined : "manual"} onClick=${onVeil}><div class=${upward.value ? "menu up" : "menu"} role="menu" aria-label=${label}>
      ${items.map(item => item && html`<button class=${item.danger ? "row danger" : "row"} type="button" tabindex="-1"
        role=${item.checked === undefined ? "menuitem" : "menuitemcheckbox"} aria-checked=${item.checked === undefined ? undefined : String(item.checked)}
        onClick=${() => { set(false, true); item.act() }}>
        <${Icon} name=${item.checked ? "check" : item.icon ?? "dot"} /><span class="label">${item.label}</span></button>`)}
    </div></div>`}
  </span>`
}

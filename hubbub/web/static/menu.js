// A button with a menu.
import { lazy } from "./lazy.js"
import { html, Icon } from "./shell.js"
import { useRef, useSignal } from "./vendor/preact.js"

/** @typedef {import("./types").Choices} Choices */

const OpenMenu = lazy(() => import("./open-menu.js").then(({ OpenMenu }) => OpenMenu), true)

/**
 * @param {{ label: string, icon?: string, items: Choices, variant?: string, children?: any, onOpen?: (open: boolean) => void }} props
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
  return html`<span class="menu-box" ref=${box}>
    <button class=${variant} type="button" ref=${button} aria-haspopup="menu" aria-expanded=${open.value ? "true" : "false"}
      aria-label=${children ? undefined : label} title=${label} onClick=${() => set(!open.value)}>${children ?? html`<${Icon} name=${icon} />`}</button>
    ${open.value && html`<${OpenMenu} label=${label} items=${items} upward=${upward.value} within=${() => box.current} close=${(/** @type {boolean} */ back) => set(false, back)} />`}
  </span>`
}

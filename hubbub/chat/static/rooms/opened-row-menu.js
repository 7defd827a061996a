// The open menu of a row or a section of the sidebar.
import { signal } from "../../../web/static/vendor/preact.js"

/**
 * What the menu is for, and where it opens: next to an element, or at a point.
 * @typedef {{ channel?: string, section?: string, at: Element | { x: number, y: number } }} RowMenu
 */
/** @type {import("../../../web/static/vendor/preact.js").Signal<RowMenu | null>} */
export const openedRowMenu = signal(null)

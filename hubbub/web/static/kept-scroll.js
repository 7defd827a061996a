// Lists that are where they were left when one comes back to them.
import { useLayoutEffect, useRef } from "./vendor/preact.js"

/** @type {Map<string, number>} */
const places = new Map()

/** Return the ref of a list that keeps its place while the page lives. @param {string} name */
export function useKeptScroll(name) {
  const box = useRef(/** @type {HTMLElement | null} */ (null))
  useLayoutEffect(() => {
    const list = box.current
    if (!list) return
    const place = places.get(name)
    if (place) list.scrollTop = place // only then, because it costs a layout
    const keep = () => { places.set(name, list.scrollTop) }
    list.addEventListener("scroll", keep, { passive: true })
    return () => list.removeEventListener("scroll", keep)
  }, [])
  return box
}

// The list: real rows in normal flow between two spacers; stuck to its live end, or anchored to what is being read.
import { firstIndexFrom } from "../../web/static/channel-log.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useLayoutEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { dayOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Message } from "./message.js"
import { idOf } from "./rows.js"
import { indexOf } from "./reducers.js"
import { UnreadBar } from "./unread-bar.js"
import { useList } from "./use-list.js"
import { around, drawn, drifted, near } from "./window.js"

/**
 * `look` reads how the list stands now, `at` is the seq to begin with, or 0.
 * @param {{ scene: import("./list-state.js").Scene, look: () => import("./list-state.js").Sight, label: string, at?: number, children?: any }} props
 */
export function MessageList({ scene, look, label, at = 0, children }) {
  const { reader, heights, writing } = scene
  const box = useRef(/** @type {HTMLElement | null} */ (null)), list = useRef(/** @type {HTMLElement | null} */ (null))
  const moved = useRef(false), turn = useSignal(0), above = useSignal(false), flash = useSignal(at)
  const sight = look(), { items, jobs, complete, live, head, rule } = sight
  const seenTo = useRef(rule ? rule - 1 : head)
  turn.value
  const { rows, start, end } = drawn(sight, reader.range, live, dayOf)
  const reach = rows.some(({ id }) => id === scene.current.value) ? scene.current.value : rows[rows.length - 1]?.id

  function settle() { if (box.current && list.current) reader.settle(box.current, list.current) }
  function again() { turn.value++ }
  function show() { if (reader.stuck && live) { reader.head = head; sight.seen(head) } }

  async function toEnd() {
    reader.stick()
    if (!live) await sight.latest()
    reader.stick()
    again()
    settle()
  }
  /** @param {number} seq @param {number} part of the view that is above it */
  function toItem(seq, part) {
    const item = items[Math.min(items.length - 1, firstIndexFrom(items, seq))]
    if (!item || !box.current) return
    reader.open(idOf(item), box.current.clientHeight * part)
    reader.range = around(items, firstIndexFrom(items, item.seq))
    moved.current = true
    again()
  }

  useLayoutEffect(() => {
    if (!box.current || !list.current) return
    heights.measure(list.current, rows)
    settle()
    if (moved.current) { moved.current = false; onScroll() } else show()
    if (!complete && box.current.scrollHeight <= box.current.clientHeight + 200) sight.older()
  })
  useLayoutEffect(() => {
    if (at) toItem(at, 1 / 3)
    else if (rule) toItem(rule, 1 / 3)
    else if (reader.stuck || head > reader.head) reader.stick()
    const ended = setTimeout(() => { flash.value = 0 }, 2000)
    return () => clearTimeout(ended)
  }, [at])
  useEffect(() => { if (writing.ended.value) toEnd() }, [writing.ended.value])
  /** @param {number} seq */
  const find = seq => { const now = look().items; return now[indexOf(now, seq)] }
  const hears = useList(box, list, scene, find, settle)

  function onScroll() {
    if (!box.current || !list.current) return
    const wasStuck = reader.stuck, top = box.current.scrollTop
    const seen = reader.note(box.current, list.current, live && end === items.length - 1)
    const first = seen?.first ?? items[heights.locate(items, top)]?.seq
    if (reader.stuck || wasStuck || first === undefined) seenTo.current = head
    above.value = rule > 0 && first !== undefined && first > rule
    if (reader.stuck) { reader.range = null; show(); return again() }
    if (seen && seen.last < Infinity) sight.seen(seen.last)
    const index = Math.min(items.length - 1, firstIndexFrom(items, first ?? 0)), range = around(items, index), { top: up, bottom } = near(items, index)
    if (!reader.range || drifted(items, range, start, end)) { reader.range = range; again() } else if (wasStuck) again()
    if (up && !complete) sight.older()
    if (bottom && !live) sight.newer()
  }
  const fresh = !live ? sight.unread : reader.stuck ? 0 : items.length - firstIndexFrom(items, seenTo.current + 1), count = items.length + jobs.length
  return html`<div class="list">
    ${above.value && rule > 0 && html`<${UnreadBar} n=${sight.unread} since=${items[firstIndexFrom(items, rule)]?.at} jump=${() => toItem(rule, 1 / 3)} settle=${sight.settle} />`}
    <div class="messages" ref=${box} onScroll=${onScroll} ...${hears} tabindex="-1" role="region" aria-label=${label}>
      ${count > 0 && html`<div class="beginning">${complete ? children : html`<p>${t("chat.list.earlier")}</p>`}</div>`}
      <div ref=${heights.filler(items, 0, start)}></div>
      <ol ref=${list}>${rows.map(row => html`<${Message} key=${row.id} ...${row} scene=${scene} reach=${row.id === reach} flash=${row.item.seq === flash.value} />`)}</ol>
      <div ref=${heights.filler(items, end + 1, items.length)}></div>
      ${count === 0 && sight.empty}
    </div>
    ${(!reader.stuck || !live) && html`<button class="to-end" type="button" onClick=${toEnd}>
      ${fresh ? t("chat.list.new", { n: fresh }) : t("chat.list.latest")} <${Icon} name="arrow-down" /></button>`}
  </div>`
}

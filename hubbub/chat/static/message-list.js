// The message list: rows in normal flow between two spacers, at the newest message or anchored to the row being read.
import { firstIndexFrom } from "../../web/static/channel-log.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useLayoutEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { dayOf } from "../../web/static/dates.js"
import { preference } from "../../web/static/preferences.js"
import { t } from "../../web/static/strings.js"
import { DayInView, UnreadBar } from "./above-list.js"
import { Message } from "./message.js"
import { idOf, isHidden, isRoomEvent } from "./rows.js"
import { indexOf } from "./reducers.js"
import { useListEvents } from "./use-list-events.js"
import { rangeAround, visibleRows, hasDrifted, nearEnds } from "./visible-rows.js"

/**
 * `readState` returns the list's current state; `at` is the seq to start with, or 0; `beginning` is what stands before the first message.
 * @param {{ context: import("./list-state.js").ListContext, readState: () => import("./list-state.js").ListState, label: string, at?: number, beginning?: (isEmpty: boolean) => any }} props
 */
export function MessageList({ context, readState, label, at = 0, beginning }) {
  const { scroll, heights, composer } = context
  const box = useRef(/** @type {HTMLElement | null} */ (null)), list = useRef(/** @type {HTMLElement | null} */ (null))
  const jumped = useRef(false), redraws = useSignal(0), dividerAbove = useSignal(false), day = useSignal(0), flash = useSignal(at)
  const state = readState(), { items, jobs, complete, isAtLatest: live, head, divider } = state
  const seenTo = useRef(divider.seq ? divider.seq - 1 : head)
  redraws.value
  const { rows, start, end } = visibleRows({ ...state, divider: divider.seq, root: context.root }, scroll.range, live, dayOf, !context.used.value)
  const focusable = rows.some(({ id }) => id === context.current.value) ? context.current.value : rows[rows.length - 1]?.id

  function settle() { if (box.current && list.current) scroll.restore(box.current, list.current) }
  const redraw = () => { redraws.value++ }
  function markShown() { if (scroll.stuck && live) { scroll.head = head; state.markSeen(head) } }

  async function toEnd() {
    scroll.stickToEnd()
    if (!live) await state.loadLatest()
    scroll.stickToEnd()
    redraw()
    settle()
  }
  /** @param {number} seq @param {number} part of the view above it */
  function toItem(seq, part) {
    const { items } = readState(), item = items[Math.min(items.length - 1, firstIndexFrom(items, seq))]
    if (!item || !box.current) return
    scroll.anchorAt(idOf(item), box.current.clientHeight * part)
    scroll.range = rangeAround(items, firstIndexFrom(items, item.seq))
    jumped.current = true
    redraw()
  }
  const toDivider = () => state.loadAround(divider.seq).then(() => toItem(divider.seq, 1 / 3))

  useLayoutEffect(() => {
    if (!box.current || !list.current) return
    heights.measure(list.current, rows)
    settle()
    if (jumped.current) { jumped.current = false; onScroll() } else markShown()
    if (!complete && box.current.scrollHeight <= box.current.clientHeight + 200) state.loadOlder()
  })
  useLayoutEffect(() => {
    if (at) toItem(at, 1 / 3)
    else if (divider.seq && preference("rooms") !== "newest" && items[0]?.seq <= divider.seq) toItem(divider.seq, 1 / 3)
    else if (scroll.stuck || head > scroll.head) scroll.stickToEnd()
    const ended = setTimeout(() => { flash.value = 0 }, 2000)
    return () => clearTimeout(ended)
  }, [at])
  useEffect(() => { if (composer.sends.value) toEnd() }, [composer.sends.value])
  /** @param {number} seq */
  const find = seq => { const now = readState().items; return now[indexOf(now, seq)] }
  const handlers = useListEvents(box, list, context, find, settle)

  function onScroll() {
    if (!box.current || !list.current) return
    const wasStuck = scroll.stuck, top = box.current.scrollTop
    const seen = scroll.onScroll(box.current, list.current, live && end === items.length - 1)
    const first = seen?.first ?? items[heights.locate(items, top)]?.seq
    if (scroll.stuck || wasStuck || first === undefined) seenTo.current = head
    if (!context.root) day.value = top > 0 ? dayOf(items[firstIndexFrom(items, first ?? 0)]?.at ?? 0) / 1000 : 0
    dividerAbove.value = divider.seq > 0 && first !== undefined && first > divider.seq
    if (scroll.stuck) { scroll.range = null; markShown(); return redraw() }
    if (seen && seen.last < Infinity) state.markSeen(seen.last)
    const index = Math.min(items.length - 1, firstIndexFrom(items, first ?? 0)), range = rangeAround(items, index), { top: up, bottom } = nearEnds(items, index)
    if (!seen && items[index]) scroll.anchorAt(idOf(items[index]), 0) // no row was rendered there yet
    if (!scroll.range || hasDrifted(items, range, start, end)) { scroll.range = range; redraw() } else if (wasStuck) redraw()
    if (up && !complete) state.loadOlder()
    if (bottom && !live) state.loadNewer()
  }
  const fresh = !live ? state.unread : scroll.stuck ? 0 : items.slice(firstIndexFrom(items, seenTo.current + 1)).filter(item => item.kind === "message" && !item.deleted).length, count = items.length + jobs.length
  const isEmpty = complete && !jobs.length && items.every(item => isRoomEvent(item) || isHidden(item))
  return html`<div class="list">
    ${day.value > 0 && html`<${DayInView} channel=${context.channel} at=${day.value} />`}
    ${dividerAbove.value && state.afterDivider > 0 && html`<${UnreadBar} channel=${context.channel} divider=${divider} n=${state.afterDivider} jump=${toDivider} unread=${state.unread} markRead=${state.markAllRead} />`}
    <div class="messages" ref=${box} onScroll=${onScroll} ...${handlers} tabindex="-1" role="region" aria-label=${label}>
      ${complete ? beginning && html`<div class="beginning">${beginning(isEmpty)}</div>` : count > 0 && html`<p class="beginning">${t("chat.list.earlier")}</p>`}
      <div ref=${heights.spacer(items, 0, start)}></div>
      <ol ref=${list}>${rows.map(row => html`<${Message} key=${row.id} ...${row} context=${context} reach=${row.id === focusable} flash=${row.item.seq === flash.value} />`)}</ol>
      <div ref=${heights.spacer(items, end + 1, items.length)}></div>
    </div>
    ${(!scroll.stuck || !live) && html`<button class="jump-to-latest" type="button" onClick=${toEnd}>
      ${fresh ? t("chat.list.new", { n: fresh }) : t("chat.list.latest")} <${Icon} name="arrow-down" /></button>`}
  </div>`
}

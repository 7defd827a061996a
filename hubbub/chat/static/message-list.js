// The list: real rows in normal flow between two spacers, at most 120 of them, as a range of seqs of the channel.
import { jobs } from "../../web/static/channels.js"
import { place } from "../../web/static/store.js"
import { html, Icon } from "../../web/static/shell.js"
import { useLayoutEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { dayOf, t } from "../../web/static/words.js"
import { me } from "../../people/static/me.js"
import { ruleAt, show } from "./arrivals.js"
import { Message } from "./message.js"
import { createHeights, createReader } from "./reader.js"
import { join, rowOf, rowOfJob } from "./rows.js"

const AHEAD = 40, SLACK = 20, MOST = 120

/**
 * `ended` counts how often the list was sent to its live end.
 * @param {{ channel: import("../../web/static/channels.js").Channel, room: string, ended: number, older: () => void,
 *           edit: (key: string, text: string) => void }} props
 */
export function MessageList({ channel, room, ended, older, edit }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null))
  const list = useRef(/** @type {HTMLElement | null} */ (null))
  const reader = useRef(createReader()).current, heights = useRef(createHeights()).current
  const range = useSignal(/** @type {{ from: number, to: number } | null} */ (null))
  const caughtUp = useSignal(ruleAt.value ? ruleAt.value - 1 : channel.log.cursor[0])
  channel.version.value
  const { items, complete } = channel.log
  const mine = jobs.value.filter(({ payload }) => payload.channel === channel.log.name)

  const last = items.length - 1
  const end = range.value ? Math.min(last, place(items, range.value.to + 1) - 1) : last
  const start = Math.max(0, end - MOST + 1, range.value ? place(items, range.value.from) : end - 2 * AHEAD + 1)
  const before = Math.max(0, start - 1)
  const rows = items.slice(before, end + 1).map(rowOf)
  if (end === last) rows.push(...mine.map(job => rowOfJob(job, me.value?.id ?? 0)))
  join(rows, dayOf, ruleAt.value).splice(0, start - before)
  if (start === 0 && rows[0]) rows[0].day = true

  function settle() { if (box.current && list.current) reader.settle(box.current, list.current) }
  function toEnd() { reader.stick(); range.value = null; settle() }

  useLayoutEffect(() => {
    if (!box.current || !list.current) return
    heights.measure(list.current)
    settle()
    show(reader.stuck ? channel.log.cursor[0] : 0)
    if (!complete && box.current.scrollHeight <= box.current.clientHeight + 200) older()
  })
  useLayoutEffect(() => { if (ended) toEnd() }, [ended])
  useLayoutEffect(() => {
    const rule = list.current?.querySelector(".rule")
    if (!rule || !box.current) return
    reader.open(/** @type {HTMLElement} */ (rule.parentElement).dataset.id ?? "", box.current.clientHeight / 3)
    settle()
    onScroll()
  }, [])
  useLayoutEffect(() => {
    const observer = new ResizeObserver(settle)
    if (box.current && list.current) [box.current, list.current].forEach(element => observer.observe(element))
    return () => observer.disconnect()
  }, [])

  function onScroll() {
    if (!box.current || !list.current) return
    const wasStuck = reader.stuck
    const seen = reader.note(box.current, list.current, end === last)
      ?? items[heights.locate(items, box.current.scrollTop)]?.seq
    if (reader.stuck || wasStuck || seen === undefined) caughtUp.value = channel.log.cursor[0]
    show(reader.stuck ? channel.log.cursor[0] : 0)
    if (reader.stuck) { range.value = null; return }
    const at = Math.min(last, place(items, seen ?? 0))
    const from = Math.max(0, at - AHEAD), to = Math.min(last, at + 2 * AHEAD - 1)
    const drifted = !range.value || Math.abs(from - start) > SLACK || Math.abs(to - end) > SLACK
    if (drifted) range.value = { from: items[from].seq, to: items[to].seq }
    if (at < AHEAD) older()
  }

  const fresh = reader.stuck ? 0 : items.length - place(items, caughtUp.value + 1)
  const count = items.length + mine.length
  return html`<div class="list">
    <div class="messages" ref=${box} onScroll=${onScroll} tabindex="0" role="region"
      aria-label=${t("list.label", { room })}>
      ${count > 0 && html`<p class="beginning">${complete ? t("list.beginning", { room }) : t("list.earlier")}</p>`}
      <div ref=${heights.filler(items, 0, start)}></div>
      <ol ref=${list}>${rows.map(row => html`<${Message} key=${row.id} ...${row} edit=${edit} />`)}</ol>
      <div ref=${heights.filler(items, end + 1, items.length)}></div>
      ${count === 0 && html`<div class="empty"><${Icon} name="hash" />
        <h2>${t("empty.title")}</h2><p>${t("empty.body")}</p></div>`}
    </div>
    ${!reader.stuck && html`<button class="to-end" type="button" onClick=${toEnd}>
      ${fresh ? t("list.new", { n: fresh }) : t("list.latest")} <${Icon} name="arrow-down" />
    </button>`}
  </div>`
}

// Catch up: one unread conversation after the other, the most important first; each is marked as read or kept.
import { navigate } from "../../web/static/router.js"
import { html, Icon, openPanel } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { untracked, useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { forwards, t } from "../../web/static/strings.js"
import { ConversationCard, loadConversation } from "./catch-up-card.js"
import { unreadConversations } from "./catch-up-order.js"
import { markRead, markThreadRead } from "./user-changes.js"

/** @typedef {import("./catch-up-order.js").Conversation} Conversation */

function Done() {
  return html`<div class="empty" role="status"><${Icon} name="check-check" /><h2>${t("chat.catch.done")}</h2><p>${t("chat.catch.done.why")}</p>
    <div class="buttons"><a class="plain" href="/">${t("chat.room.home")}</a></div></div>`
}

export function CatchUp() {
  const first = useRef(/** @type {Conversation[] | null} */ (null))
  first.current ??= untracked(unreadConversations) // not again with each message
  const queue = useSignal(first.current), at = useSignal(0), found = useSignal(/** @type {any} */ (null))
  const card = useRef(/** @type {HTMLElement | null} */ (null)), one = queue.value[at.value]
  useLoad(() => {
    let stale = false
    found.value = null
    if (one) loadConversation(one).then(answer => { if (!stale && answer) found.value = answer })
    return () => { stale = true }
  }, [one?.id])
  useEffect(() => { card.current?.focus() }, [one?.id])

  /** @param {number} step */
  function go(step) {
    const next = at.value + step
    const known = new Set(queue.value.map(({ id }) => id)), later = next >= queue.value.length ? unreadConversations().filter(({ id }) => !known.has(id)) : []
    queue.value = [...queue.value, ...later]
    at.value = Math.max(0, next)
  }
  function read() {
    if (!one || !found.value) return
    if (one.root) markThreadRead(one.channel, one.root, found.value.head)
    else markRead(one.channel, found.value.head)
    go(1)
  }
  function open() {
    navigate(`/room/${one.channel.slice(5)}`)
    if (one.root) openPanel({ kind: "thread", channel: one.channel, root: one.root })
  }
  /** @type {Record<string, () => void>} */
  const keys = { e: read, ArrowRight: () => go(forwards()), j: () => go(1), ArrowLeft: () => go(-forwards()), k: () => go(-1), Enter: open }
  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const act = event.ctrlKey || event.metaKey || event.altKey || event.target !== card.current ? undefined : keys[event.key]
    if (!act || !one) return
    event.preventDefault()
    act()
  }
  if (!one) return html`<${Done} />`
  return html`<section class="catch-up" tabindex="-1" ref=${card} onKeyDown=${onKeyDown} aria-label=${t("chat.catch.title")}>
    <p class="hint" role="status">${t("chat.catch.place", { at: at.value + 1, n: queue.value.length })}</p>
    <progress max=${queue.value.length} value=${at.value} aria-label=${t("chat.catch.title")}></progress>
    <${ConversationCard} key=${one.id} one=${one} found=${found.value} />
    <div class="buttons">${at.value > 0 && html`<button class="ghost" type="button" aria-label=${t("chat.catch.back")} title=${t("chat.catch.back")} onClick=${() => go(-1)}><${Icon} name="arrow-left" /></button>`}
      <button class="plain" type="button" onClick=${open}>${t("chat.catch.open")} <kbd>↵</kbd></button>
      <button class="plain" type="button" onClick=${() => go(1)}>${t("chat.catch.keep")} <kbd>${forwards() < 0 ? "←" : "→"}</kbd></button>
      <button class="primary" type="button" disabled=${!found.value} onClick=${read}><${Icon} name="check" />${t("chat.catch.read")} <kbd>E</kbd></button></div>
  </section>`
}

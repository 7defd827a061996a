// The threads that I follow, the last replied to first; or only those with unread replies.
import { getKept } from "../../web/static/kept.js"
import { html, Icon } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { addPeople, person } from "../../people/static/directory.js"
import { openThread } from "./actions.js"
import { Heading } from "./list-heading.js"
import { excerpt } from "./markdown.js"
import { messageAt } from "./quote.js"
import { ThreadSummary } from "./thread-summary.js"
import { followThread, markThreadRead } from "./user-changes.js"
import { threads, unreadReplies } from "./user-state.js"

/** @typedef {import("./user-state.js").Followed} Thread */

/** @param {{ thread: any, followed?: Thread }} props */
function Followed({ thread: { channel, root }, followed }) {
  const message = messageAt(channel, root.seq, root), fresh = unreadReplies(followed), read = t("chat.threads.read"), off = t("chat.threads.off")
  if (!message || !followed) return null
  return html`<li class=${fresh ? "later unread" : "later"}><${Heading} channel=${channel}>
      ${fresh > 0 && html`<button class="ghost" type="button" aria-label=${read} title=${read} onClick=${() => markThreadRead(channel, root.seq, followed.newest)}><${Icon} name="check" /></button>`}
      <button class="ghost" type="button" aria-label=${off} title=${off} onClick=${() => followThread(channel, root.seq, false)}><${Icon} name="bell-off" /></button><//>
    <button class="cover-link" type="button" aria-label=${t("chat.threads.open", { name: person(message.author).name })} onClick=${() => openThread(channel, root.seq)}></button>
    <p class="by"><${Avatar} id=${message.author} small /><b dir="auto">${person(message.author).name || "…"}</b></p>
    <p class="excerpt" dir="auto">${message.deleted ? t("chat.message.deleted") : excerpt(message.text, 400)}</p>
    ${message.replies && html`<${ThreadSummary} channel=${channel} item=${message} />`}</li>`
}

export function Threads() {
  const found = useSignal(/** @type {any[] | null} */ (null)), problem = useSignal(""), onlyUnread = useSignal(false), standing = threads.value
  useLoad(() => {
    getKept("/api/threads").then(({ ok, error }) => {
      problem.value = found.value ? "" : error ?? ""
      if (!ok) return
      addPeople(ok.people)
      found.value = ok.threads
    })
  }, [standing.length, standing.reduce((sum, { newest }) => sum + newest, 0)])
  if (problem.value) return html`<div class="empty"><${Icon} name="circle-alert" /><p>${problem.value}</p></div>`
  if (!found.value) return html`<div class="empty" aria-busy="true"><${Icon} name="loader-circle" spin /></div>`
  if (!standing.length) return html`<div class="empty"><${Icon} name="messages-square" /><h2>${t("chat.threads.none")}</h2><p>${t("chat.threads.how")}</p></div>`
  const known = new Map(standing.map(one => [`${one.channel}/${one.root}`, one])), of = (/** @type {any} */ { channel, root }) => known.get(`${channel}/${root.seq}`)
  const shown = onlyUnread.value ? found.value.filter(thread => unreadReplies(of(thread)) > 0) : found.value
  return html`<div class="later-page"><div class="segments" role="group" aria-label=${t("chat.threads.show")}>${[[false, "chat.threads.all"], [true, "chat.threads.unread"]].map(([only, words]) => html`
      <label><input type="radio" name="threads" checked=${onlyUnread.value === only} onChange=${() => { onlyUnread.value = Boolean(only) }} />${t(String(words))}</label>`)}</div>
    ${!shown.length && html`<div class="empty"><${Icon} name="check-check" /><h2>${t("chat.threads.read.all")}</h2></div>`}
    <ol class="later-list" aria-label=${t("chat.threads.title")}>${shown.map(thread => html`<${Followed} key=${`${thread.channel}/${thread.root.seq}`} thread=${thread} followed=${of(thread)} />`)}</ol></div>`
}

// A thread next to its room: the root, the replies, and a composer.
import { html, Icon } from "../../web/static/shell.js"
import { useEffect } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { me } from "../../people/static/me.js"
import { mayAct } from "./actions.js"
import { Composer } from "./composer.js"
import { MessageList } from "./message-list.js"
import { withPendingChanges, pendingPosts } from "./pending-changes.js"
import { listContextOf } from "./list-state.js"
import { room, roomName } from "./user-state.js"
import { threadOf } from "./thread-log.js"

/** @param {ReturnType<typeof threadOf>} thread @param {string} channel @param {number} root @returns {import("./list-state.js").ListState} */
function threadState(thread, channel, root) {
  thread.version.value
  const items = withPendingChanges(channel, thread.items), head = items[items.length - 1]?.seq ?? 0
  const seq = thread.divider.value, fresh = items.filter(item => seq > 0 && item.seq >= seq && !item.deleted)
  return {
    items, jobs: pendingPosts(channel, root), me: me.value?.id ?? 0, divider: { seq, before: 0, since: fresh[0]?.at ?? 0 }, afterDivider: fresh.length, head, isAtLatest: true,
    complete: thread.complete, unread: 0,
    async loadAround() {}, loadOlder: thread.loadOlder, loadNewer() {}, async loadLatest() {}, markSeen: thread.seen, markAllRead() { thread.divider.value = 0 },
  }
}

/** @param {{ thread: ReturnType<typeof threadOf> }} props */
export function Follow({ thread }) {
  const on = thread.following.value
  return html`<button class="ghost" type="button" aria-pressed=${on ? "true" : "false"} title=${t(on ? "chat.thread.following.long" : "chat.thread.follow.long")}
    onClick=${() => thread.follow(!on)}><${Icon} name=${on ? "bell" : "bell-off"} /><span>${t(on ? "chat.thread.following" : "chat.thread.follow")}</span></button>`
}

/** @param {{ channel: string, root: number }} props */
export function Thread({ channel, root }) {
  const thread = threadOf(channel, root), context = listContextOf(channel, root), here = room(channel)
  const name = here ? roomName(here) : ""
  useEffect(() => { thread.load() }, [thread])
  if (thread.problem.value) return html`<div class="empty"><${Icon} name="circle-alert" /><h2>${t("chat.thread.gone")}</h2><p>${thread.problem.value}</p></div>`
  if (!thread.loaded.value) return html`<div class="empty" aria-busy="true"><${Icon} name="loader-circle" spin /></div>`
  const { composer } = context, me_ = me.value?.id
  const lastMine = () => thread.items.filter(({ author, deleted, kind, seq }) => kind === "message" && author === me_ && !deleted && seq !== root).at(-1)
  return html`<section class="thread">
    <div class="thread-verbs"><a href=${`/room/${channel.slice(5)}/${root}`}>${t("chat.thread.in", { room: name })}</a><${Follow} thread=${thread} /></div>
    <${MessageList} key=${`${channel}/${root}`} context=${context} label=${t("chat.thread.messages")} readState=${() => threadState(thread, channel, root)} />
    ${mayAct(channel) && html`<${Composer} key=${`${channel}/${root}`} composer=${composer} label=${name} lastMine=${lastMine}>
      ${here?.kind !== "announcement" && html`<label class="also-to-room"><input type="checkbox" checked=${composer.alsoToRoom.value}
        onChange=${(/** @type {any} */ event) => { composer.alsoToRoom.value = event.target.checked }} /> ${t("chat.thread.also", { room: name })}</label>`}<//>`}
  </section>`
}

// What a message list needs: a context that lasts as long as the page, and its current state.
import { channel as channelOf } from "../../web/static/channels.js"
import { signal } from "../../web/static/vendor/preact.js"
import { me } from "../../people/static/me.js"
import { withPendingChanges, pendingPosts } from "./pending-changes.js"
import { removeDivider, dividerOf, markSeen } from "./read-state.js"
import { markRead } from "./user-changes.js"
import { countAfter, unreadCount } from "./user-state.js"
import { createRowHeights, createScrollState } from "./scroll-state.js"
import { createComposerState } from "./composer-state.js"

/** @typedef {import("../../web/static/vendor/preact.js").Signal<string>} Id the id of a row, or "" */
/** `used`: whether a pointer or the focus was in the list. */
/** @typedef {{ channel: string, root: number, active: Id, current: Id, used: import("../../web/static/vendor/preact.js").Signal<boolean>, composer: import("./composer-state.js").ComposerState, scroll: import("./scroll-state.js").ScrollState,
 *   heights: ReturnType<typeof createRowHeights> }} ListContext */
/**
 * The current state of a list, and how to load more of it.
 * @typedef {{ items: import("../../web/static/types").Item[],
 * jobs: import("../../web/static/types").Job[], me: number, divider: import("./read-state.js").Place, afterDivider: number, head: number, isAtLatest: boolean, complete: boolean,
 * unread: number, loadAround: (seq: number) => Promise<unknown>, loadOlder: () => void, loadNewer: () => void, loadLatest: () => Promise<void>, markSeen: (seq: number) => void, markAllRead: () => void }} ListState
 */

/** @type {Map<string, ListContext>} */
const contexts = new Map()

/**
 * Return the context of a room's or a thread's list; always the same object.
 * @param {string} channel @param {number} [root] @returns {ListContext}
 */
export function listContextOf(channel, root = 0) {
  const id = `${channel}/${root}`, known = contexts.get(id)
  if (known) return known
  const context = { channel, root, active: signal(""), current: signal(""), used: signal(false), composer: createComposerState(channel, root),
    scroll: createScrollState(), heights: createRowHeights() }
  contexts.set(id, context)
  return context
}

/**
 * Return the state of a room's list.
 * @param {string} name @returns {ListState}
 */
export function roomListState(name) {
  const channel = channelOf(name)
  channel.version.value
  const { items, cursor, complete } = channel.log, divider = dividerOf(name).value
  return {
    items: withPendingChanges(name, items), jobs: pendingPosts(name), me: me.value?.id ?? 0, divider, afterDivider: divider.seq && countAfter(name, divider.before), head: cursor[0], isAtLatest: channel.isAtLatest,
    complete, unread: unreadCount(name),
    loadAround: async seq => { if (items[0]?.seq > seq) await channel.openAround(seq) }, loadOlder: () => channel.loadOlder(), loadNewer: () => channel.loadNewer(), loadLatest: async () => { await channel.open({ newest: true }) },
    markSeen: seq => markSeen(name, seq),
    markAllRead() { markRead(name, cursor[0]); removeDivider(name) },
  }
}

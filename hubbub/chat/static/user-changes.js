// What I change of my state: how far I have read, the threads that I follow, saved messages. Shown at once, sent when possible.
import { change, showChange } from "../../web/static/changes.js"
import { channel } from "../../web/static/channels.js"
import * as connection from "../../web/static/connection.js"
import { t } from "../../web/static/strings.js"
import { toast } from "../../web/static/toast.js"
import { project, readCursor, refresh, threads } from "./user-state.js"

/** @typedef {import("../../web/static/types").Answer} Answer */

showChange("read", ({ channel, seq }, n) => project(shown => shown.setCursor(channel, { seq, n, version: readCursor(channel).version })))
showChange("read_thread", (read, n) => project(shown => shown.setThreadCursor(read, n)))
showChange("follow_thread", thread => project(shown => { if (!thread.on) shown.unfollow(thread) }))
showChange("save", ({ channel, seq, on }) => project(shown => shown.setSaved(`${channel}/${seq}`, on)))

/** If the server refused a change, say so, and show what it has. @param {Answer} answer */
function showRefusal({ error }) {
  if (!error) return
  toast(error, { danger: true })
  refresh()
}

/** Save a message for later, or remove it from what I saved. @param {string} name @param {number} seq @param {boolean} on */
export async function save(name, seq, on) {
  const answer = change("save", { channel: name, seq, on }, { name: `save ${name}/${seq}` })
  toast(t(on ? "chat.save.done" : "chat.save.undone"), { verb: t("chat.undo"), act: () => save(name, seq, !on) })
  showRefusal(await answer)
}

/** The message count at a seq, from the loaded items. @param {string} name @param {number} seq */
function countAt(name, seq) {
  const { items, cursor: [head], n } = channel(name).log
  if (seq >= head) return n
  return items.findLast(item => item.seq <= seq)?.n ?? Math.max(0, (items[0]?.n ?? n) - 1)
}

/** @param {string} name @param {number} seq */
function setCursor(name, seq) { return change("read", { channel: name, seq }, { name: `read ${name}`, shown: countAt(name, seq) }) }

/** Move my read cursor, forwards or backwards. @param {string} name @param {number} seq */
export async function markRead(name, seq) {
  if (readCursor(name).seq === seq) return
  const { error } = await setCursor(name, seq)
  if (error) refresh()
}

/** Mark a thread as read up to a reply; `later` replies come after it. @param {string} channel @param {number} root @param {number} seq @param {number} [later] */
export async function markThreadRead(channel, root, seq, later = 0) {
  const replies = threads.peek().find(one => one.channel === channel && one.root === root)?.replies ?? 0
  const { error } = await change("read_thread", { channel, root, seq }, { name: `read ${channel}/${root}`, shown: replies - later })
  if (error) refresh()
}

/** The name of a change of whether I follow a thread. @param {string} channel @param {number} root */
export const followName = (channel, root) => `follow ${channel}/${root}`

/** Follow a thread, or stop it. @param {string} channel @param {number} root @param {boolean} on @returns {Promise<Answer>} */
export async function followThread(channel, root, on) {
  const answer = await change("follow_thread", { channel, root, on }, { name: followName(channel, root) })
  showRefusal(answer)
  return answer
}

/** Mark everything as read, with undo; only the server knows what that is. */
export async function markAllRead() {
  const { ok, error } = await connection.request("read_all", {})
  if (error) return toast(error, { danger: true })
  const back = () => { for (const [name, seq] of Object.entries(ok)) setCursor(name, Number(seq)) }
  toast(t("chat.read.all.done"), { verb: t("chat.undo"), act: back })
}

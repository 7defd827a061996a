// The state of a composer in a room or a thread: its text, what it edits or quotes, its files; and sending.
import { channel as channelOf, jobs, outbox } from "../../web/static/channels.js"
import { makeKey } from "../../web/static/outbox.js"
import { signal } from "../../web/static/vendor/preact.js"
import { uploads } from "../../files/static/uploads.js"
import { edit as change, openThread, remove } from "./actions.js"
import { removeDivider } from "./read-state.js"
import { preference } from "../../web/static/preferences.js"
import { draft, saveDraft } from "./user-state.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {ReturnType<typeof createComposerState>} ComposerState */

const UNDO = 5 // seconds in which a message can be taken back

/** @param {string} channel @param {number} root the thread's root, or 0 */
export function createComposerState(channel, root) {
  const text = draft(channel, root)
  /** @type {import("../../web/static/vendor/preact.js").Signal<{ seq: number, text: string } | null>} */
  const editing = signal(null)
  const editedText = signal(""), quoting = signal(0), alsoToRoom = signal(false), focusRequests = signal(0), sends = signal(0)

  return {
    channel, root, editing, quoting, alsoToRoom,
    /** The text pasted last. */
    pasted: "",
    /** Counts requests to focus the field. */
    focusRequests,
    /** Counts sent messages, so that the list scrolls to the end. */
    sends,

    /** The text in the field. */
    get text() { return editing.value ? editedText.value : text.value },

    /** @param {string} words */
    set(words) {
      if (editing.peek()) editedText.value = words
      else saveDraft(channel, root, words)
    },

    /** Put a refused message back, before the text being written. @param {import("../../web/static/types").Job} job */
    restore({ payload, shown = [], uploads: unfinished = [] }) {
      this.cancel()
      saveDraft(channel, root, [payload.text, text.peek()].filter(Boolean).join("\n"))
      uploads(channel, root).restore(shown)
      uploads(channel, root).resume(unfinished)
      quoting.value = payload.quote ?? 0
      alsoToRoom.value = payload.also_to_room ?? false
      focusRequests.value++
    },

    /** Open the thread of the latest message; return whether there is one. */
    replyToLatest() {
      const last = root ? undefined : channelOf(channel).log.items.findLast(({ kind, deleted }) => kind === "message" && !deleted)
      if (last) openThread(channel, last.thread ?? last.seq)
      return last !== undefined
    },

    /** Put my last message here back into the field, if it still waits; return whether it did. */
    takeBack() {
      const last = jobs.peek().findLast(({ payload, state }) => state === "waiting" && payload.channel === channel && (payload.thread ?? 0) === root)
      const job = last && outbox.takeBack(last.payload.key)
      if (job) this.restore(job)
      return job !== undefined
    },

    /** @param {Item} item */
    edit(item) {
      quoting.value = 0
      editedText.value = item.text
      editing.value = { seq: item.seq, text: item.text }
      focusRequests.value++
    },

    /** @param {Item} item */
    quote(item) {
      editing.value = null
      quoting.value = item.seq
      focusRequests.value++
    },

    /** Stop editing or quoting; return whether there was something to stop. */
    cancel() {
      const was = editing.peek() !== null || quoting.peek() > 0
      editing.value = null
      quoting.value = 0
      return was
    },

    /**
     * Send the message, or save the edit; what was written after the first `length` characters stays in the field.
     * @param {string} words @param {number} [length]
     */
    send(words, length = Infinity) {
      const was = editing.peek()
      if (was) {
        if (words && words !== was.text) change(channel, was.seq, words)
        else if (!words) remove(channel, was.seq)
        editing.value = null
        return
      }
      this.post(words)
      saveDraft(channel, root, text.peek().slice(length))
    },

    /** @param {string} words */
    post(words) {
      const taken = uploads(channel, root).take(), quote = quoting.peek(), key = makeKey(), waits = taken.some(({ file }) => !file)
      const files = waits ? [] : taken.flatMap(({ file }) => file ?? [])
      if (waits) uploads(channel, key).put(taken)
      outbox.send("post", {
        channel, text: words, key, ...(root && { thread: root, also_to_room: alsoToRoom.peek() }), ...(quote && { quote }),
        ...(files.length && { files: files.map(({ id }) => id) }),
      }, files.length ? files : undefined, waits ? taken.map(({ name, size, type, blob, id }) => ({ name, size, type, blob, id })) : undefined, preference("undo", "off") === "on" ? UNDO : 0)
      quoting.value = 0
      alsoToRoom.value = false
      if (!root) removeDivider(channel)
      sends.value++
    },
  }
}

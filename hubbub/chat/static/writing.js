// What is being written in one place, a room or a thread: its text, what it edits or quotes, its files; and sending it.
import { outbox } from "../../web/static/channels.js"
import { signal } from "../../web/static/vendor/preact.js"
import { uploads } from "../../files/static/uploads.js"
import { edit as change, remove } from "./actions.js"
import { answered } from "./reading.js"
import { draft, saveDraft } from "./standing.js"

/** @typedef {import("../../web/static/types").Item} Item */
/** @typedef {ReturnType<typeof createWriting>} Writing */

/** @param {string} channel @param {number} root the thread's first message, or 0 */
export function createWriting(channel, root) {
  const text = draft(channel, root)
  /** @type {import("../../web/static/vendor/preact.js").Signal<{ seq: number, text: string } | null>} */
  const editing = signal(null)
  const changed = signal(""), quoting = signal(0), also = signal(false), asked = signal(0), ended = signal(0)

  return {
    channel, root, editing, quoting, also,
    /** Counts how often the field should be focused. */
    asked,
    /** Counts how often something was sent, so that the list goes to its live end. */
    ended,

    /** What stands in the field. */
    get text() { return editing.value ? changed.value : text.value },

    /** @param {string} words */
    set(words) {
      if (editing.peek()) changed.value = words
      else saveDraft(channel, root, words)
    },

    /** Put a message that was refused before what is being written. @param {import("../../web/static/types").Job} job */
    take({ payload, shown = [] }) {
      this.cancel()
      saveDraft(channel, root, [payload.text, text.peek()].filter(Boolean).join("\n"))
      uploads(channel, root).bring(shown)
      quoting.value = payload.quote ?? 0
      also.value = payload.also ?? false
      asked.value++
    },

    /** @param {Item} item */
    edit(item) {
      quoting.value = 0
      changed.value = item.text
      editing.value = { seq: item.seq, text: item.text }
      asked.value++
    },

    /** @param {Item} item */
    quote(item) {
      editing.value = null
      quoting.value = item.seq
      asked.value++
    },

    /** Leave editing or quoting; whether there was something to leave. */
    cancel() {
      const was = editing.peek() !== null || quoting.peek() > 0
      editing.value = null
      quoting.value = 0
      return was
    },

    /** Send what is written, or keep what was changed. @param {string} words */
    send(words) {
      const was = editing.peek()
      if (was) {
        if (words && words !== was.text) change(channel, was.seq, words)
        else if (!words) remove(channel, was.seq)
        editing.value = null
        return
      }
      this.post(words)
      saveDraft(channel, root, "")
    },

    /** @param {string} words */
    post(words) {
      const files = uploads(channel, root).take()
      const quote = quoting.peek()
      outbox.send("post", {
        channel, text: words, ...(root && { thread: root, also: also.peek() }), ...(quote && { quote }),
        ...(files.length && { files: files.map(({ id }) => id) }),
      }, files.length ? files : undefined)
      quoting.value = 0
      also.value = false
      if (!root) answered(channel)
      ended.value++
    },
  }
}

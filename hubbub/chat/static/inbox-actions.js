// What the inbox offers for the conversations of rooms: reply in the row, react, save, mute.
import { outbox } from "../../web/static/channels.js"
import { html } from "../../web/static/shell.js"
import { useEffect, useRef } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { toast } from "../../web/static/toast.js"
import { levels, setLevel } from "../../notifications/static/inbox.js"
import { conversationName, registerConversations } from "../../notifications/static/notification.js"
import { mayAct, noteEmoji } from "./actions.js"
import { Composer } from "./composer.js"
import { canonicalEmoji, pickEmoji } from "./emoji.js"
import { listContextOf } from "./list-state.js"
import { followThread, save } from "./user-changes.js"
import { isSaved } from "./user-state.js"

/** @typedef {import("../../notifications/static/inbox.js").Notification} Notification */

/** @param {Notification} one */
const mayReply = ({ channel }) => mayAct(channel)

/** Writes into the room or the thread, with the draft that it has. @param {{ one: Notification, close: (back: boolean) => void }} props */
function Reply({ one, close }) {
  const { composer } = listContextOf(one.channel, one.root), before = useRef(composer.sends.peek())
  useEffect(() => {
    if (composer.sends.value === before.current) return
    close(true)
    toast(t("chat.inbox.sent", { name: conversationName(one) }))
  }, [composer.sends.value])
  useEffect(() => { composer.focusRequests.value++ }, [])
  /** @param {KeyboardEvent} event */
  const onKeyDown = event => { if (event.key === "Escape" && !event.defaultPrevented && !composer.editing.peek() && !composer.quoting.peek()) close(true) }
  return html`<div onKeyDown=${onKeyDown}><${Composer} composer=${composer} label=${conversationName(one)} lastMine=${() => undefined} /></div>`
}

/** @param {Notification} one @param {HTMLElement} anchor */
function react({ channel, target }, anchor) {
  pickEmoji(anchor, picture => {
    const emoji = canonicalEmoji(picture)
    noteEmoji(emoji)
    outbox.send("react", { channel, seq: target, emoji, on: true })
    toast(t("chat.inbox.reacted", { emoji }))
  })
}

/**
 * Say what was done, and offer to undo it; a level that was refused is a string, a thread shows its refusal itself.
 * @param {Promise<{ error?: string } | string | undefined>} answer @param {string} [words] @param {() => Promise<any>} [undo]
 */
async function say(answer, words = "", undo) {
  const found = await answer
  if (typeof found === "string") toast(found, { danger: true })
  else if (!found?.error && undo) toast(words, { verb: t("chat.undo"), act: () => { say(undo()) } })
}

/** @param {Notification} one */
function mute({ channel, root }) {
  if (root) return say(followThread(channel, root, false), t("chat.inbox.muted.thread"), () => followThread(channel, root, true))
  const before = levels.peek()[channel] ?? ""
  return say(setLevel(channel, "nothing"), t("chat.inbox.muted.room"), () => setLevel(channel, before))
}

/** @param {Notification} one */
function choices(one) {
  const { channel, target, root } = one, saved = isSaved(channel, target)
  return [
    { icon: saved ? "bookmark-minus" : "bookmark", label: t(saved ? "chat.save.off" : "chat.save.on"), act: () => { save(channel, target, !saved) } },
    (root > 0 || levels.value[channel] !== "nothing") && { icon: "bell-off", label: t(root ? "chat.inbox.mute.thread" : "chat.inbox.mute.room"), act: () => { mute(one) } },
  ]
}

registerConversations("room", { Reply, mayReply, react, choices })

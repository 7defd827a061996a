// A message that waits some seconds, in which its author can take it back into the message field.
import { outbox } from "../../web/static/channels.js"
import { now } from "../../web/static/server-clock.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { openThread } from "./actions.js"
import { hasKeyboard } from "./composer-keys.js"
import { listContextOf } from "./list-state.js"

/** @typedef {import("../../web/static/types").Job} Job */

/** Take a message back, unless it is being sent. @param {string} key @param {number} [root] the open thread, or 0 */
function takeBack(key, root = 0) {
  const job = outbox.takeBack(key)
  if (!job) return
  const { channel, thread = 0 } = job.payload
  listContextOf(channel, thread).composer.restore(job)
  if (thread && !root) openThread(channel, thread)
}

/** @param {{ job: Job, context: import("./list-state.js").ListContext }} props */
export function SendUndo({ job, context }) {
  const { payload: { key }, until = 0 } = job, left = useSignal(Math.ceil(until - now()))
  useEffect(() => {
    const timer = setInterval(() => { left.value = Math.ceil(until - now()) }, 250)
    return () => clearInterval(timer)
  }, [until])
  function sendNow() {
    outbox.change(key, { state: "queued", until: undefined })
    if (hasKeyboard.matches) context.composer.focusRequests.value++ // this button goes
  }
  const n = Math.max(1, left.value)
  return html`<p class="send-undo"><${Icon} name="clock-4" /><span>${t("chat.undo.waits", { n })}</span>
    <button class="plain" type="button" onClick=${() => takeBack(key, context.root)}>${t("chat.undo.send")}</button>
    <button class="plain" type="button" onClick=${sendNow}>${t("chat.undo.now")}</button></p>`
}

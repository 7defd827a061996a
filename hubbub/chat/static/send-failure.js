// A message that the server refused: the reason and what its author can do. It is kept until they decide.
import { outbox } from "../../web/static/channels.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { copy, openThread } from "./actions.js"
import { readOnlyReason } from "./read-only.js"
import { hasKeyboard } from "./composer-keys.js"
import { listContextOf } from "./list-state.js"

/** @param {{ job: import("../../web/static/types").Job, context: import("./list-state.js").ListContext }} props */
export function SendFailure({ job, context }) {
  const { payload: { key, text, thread = 0 }, words = "" } = job, { channel, root } = context
  /** The buttons disappear, so return the focus to the composer. @param {(key: string) => unknown} act */
  const done = act => () => {
    act(key)
    if (hasKeyboard.matches) context.composer.focusRequests.value++
  }
  function edit() {
    outbox.discard(key)
    listContextOf(channel, thread).composer.restore(job)
    if (thread && !root) openThread(channel, thread)
  }
  return html`<div class="failure" role="alert">
    <p class="error-text"><${Icon} name="circle-alert" /><span>${t("chat.message.failed", { reason: words })}</span></p>
    <button class="plain" type="button" onClick=${done(outbox.retry)}>${t("chat.message.retry")}</button>
    ${readOnlyReason(channel) ? html`<button class="plain" type="button" onClick=${() => copy(text, t("chat.copied.text"))}>${t("chat.message.copy")}</button>`
    : html`<button class="plain" type="button" onClick=${edit}>${t("chat.message.edit")}</button>`}
    <button class="plain" type="button" onClick=${done(outbox.discard)}>${t("chat.message.discard")}</button>
  </div>`
}

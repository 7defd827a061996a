// A message that was refused: why, in words, and what its author may do about it; it is kept until they decide.
import { outbox } from "../../web/static/channels.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { copy, openThread } from "./actions.js"
import { closedWhy } from "./closed.js"
import { keyboard } from "./field.js"
import { sceneOf } from "./list-state.js"

/** @param {{ job: import("../../web/static/types").Job, scene: import("./list-state.js").Scene }} props */
export function Failure({ job, scene }) {
  const { payload: { key, text, thread = 0 }, words = "" } = job, { channel, root } = scene
  /** The buttons are gone: the keys belong to the field again. @param {(key: string) => unknown} act */
  const done = act => () => {
    act(key)
    if (keyboard.matches) scene.writing.asked.value++
  }
  function edit() {
    outbox.discard(key)
    sceneOf(channel, thread).writing.take(job)
    if (thread && !root) openThread(channel, thread)
  }
  return html`<div class="failure" role="alert">
    <p class="words"><${Icon} name="circle-alert" /><span>${t("chat.message.failed", { reason: words })}</span></p>
    <button class="plain" type="button" onClick=${done(outbox.retry)}>${t("chat.message.retry")}</button>
    ${closedWhy(channel) ? html`<button class="plain" type="button" onClick=${() => copy(text, t("chat.copied.text"))}>${t("chat.message.copy")}</button>`
    : html`<button class="plain" type="button" onClick=${edit}>${t("chat.message.edit")}</button>`}
    <button class="plain" type="button" onClick=${done(outbox.discard)}>${t("chat.message.discard")}</button>
  </div>`
}

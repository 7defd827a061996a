// A message that was refused: why, in words, and what its author may do about it; it is kept until they decide.
import { outbox } from "../../web/static/channels.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/words.js"

/** @param {{ job: import("../../web/static/types").Job, scene: import("./scene.js").Scene }} props */
export function Failure({ job, scene }) {
  const { payload: { key, text }, words = "" } = job
  function edit() {
    outbox.discard(key)
    scene.writing.take(text)
  }
  return html`<div class="failure" role="alert">
    <p class="words"><${Icon} name="circle-alert" /><span>${t("message.failed", { words })}</span></p>
    <button class="plain" type="button" onClick=${() => outbox.retry(key)}>${t("message.retry")}</button>
    <button class="plain" type="button" onClick=${edit}>${t("message.edit")}</button>
    <button class="plain" type="button" onClick=${() => outbox.discard(key)}>${t("message.discard")}</button>
  </div>`
}

// Below a message of mine that is not being sent yet: why it failed, how to undo it, or the progress of its files.
import { html } from "../../web/static/shell.js"
import { SendFailure } from "./send-failure.js"
import { SendUndo } from "./send-undo.js"
import { SendingFiles } from "./sending-files.js"

/** @param {{ job: import("../../web/static/types").Job, context: import("./list-state.js").ListContext }} props */
export function SendState({ job, context }) {
  if (job.state === "failed") return html`<${SendFailure} job=${job} context=${context} />`
  return job.state === "waiting" ? html`<${SendUndo} job=${job} context=${context} />` : html`<${SendingFiles} job=${job} />`
}

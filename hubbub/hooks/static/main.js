// The hooks slice of the page: the colour of a message that a program posted.
import { html } from "../../web/static/shell.js"
import { registerAttachment } from "../../chat/static/attachments.js"

registerAttachment("hook", (/** @type {any} */ { item }) => html`<span class=${`tone ${item.hook.tone}`}></span>`, {})

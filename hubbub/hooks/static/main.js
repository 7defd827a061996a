// The hooks slice of the page: the colour of a message that a program posted, and the state of a status card.
import { registerReducer } from "../../web/static/channels.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { registerAttachment } from "../../chat/static/attachments.js"
import { addAttachment, reducers } from "../../chat/static/reducers.js"

registerAttachment("hook", (/** @type {any} */ { item: { hook } }) => html`<span class=${`tone ${hook.tone ?? ""}`}>${hook.state === "resolved" && html`<${Icon} name="check" />${t("hooks.resolved")}`}</span>`, {})
addAttachment("hook", "hook_changed", (_, { data }) => data.hook)
registerReducer("hook_changed", reducers.hook_changed)

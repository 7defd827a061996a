// The hooks slice of the page: the colour of a message that a program posted, the state of a status card, and a page of the settings.
import { registerReducer } from "../../web/static/channels.js"
import { lazy } from "../../web/static/lazy.js"
import { html, Icon, setting } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { registerAttachment } from "../../chat/static/attachments.js"
import { addAttachment, reducers } from "../../chat/static/reducers.js"

registerAttachment("hook", (/** @type {any} */ { item: { hook } }) => html`<span class=${`tone ${hook.tone ?? ""}`}>${hook.state === "resolved" && html`<${Icon} name="check" />${t("hooks.resolved")}`}</span>`, {})
addAttachment("hook", "hook_changed", (_, { data }) => data.hook)
registerReducer("hook_changed", reducers.hook_changed)
setting({ name: "integrations", icon: "code", title: "hooks.title", roles: ["owner", "admin", "member"],
  component: lazy(() => import("./integrations.js").then(({ Integrations }) => Integrations)) })

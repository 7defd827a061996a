// The hooks slice of the page: the colour, state and buttons of a program's message, commands of programs and what they answer
// to me alone, and a page of the settings.
import { registerReducer } from "../../web/static/channels.js"
import { onEvent, request } from "../../web/static/connection.js"
import { get } from "../../web/static/http.js"
import { lazy } from "../../web/static/lazy.js"
import { makeKey } from "../../web/static/outbox.js"
import { html, Icon, setting } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { registerAttachment } from "../../chat/static/attachments.js"
import { aboveComposer, roomCommands } from "../../chat/static/commands.js"
import { addAttachment, reducers } from "../../chat/static/reducers.js"
import { notes } from "./notes.js"

const Buttons = lazy(() => import("./buttons.js").then(({ Buttons }) => Buttons)), OnlyYou = lazy(() => import("./only-you.js").then(({ OnlyYou }) => OnlyYou))

roomCommands.find = channel => get(`/api/channels/${channel}/commands`).then(({ ok }) => ok ?? [])
roomCommands.run = (name, text, { channel, root }) => request("command", { channel, name, text, thread: root, key: makeKey() })
aboveComposer.push(({ channel, root }) => notes.value.some(note => note.channel === channel && note.thread === root) && html`<${OnlyYou} channel=${channel} root=${root} />`)
onEvent((event, payload) => { if (event === "only_you" || event === "called") import("./outcomes.js").then(({ receive }) => receive(event, payload.data)) })
registerAttachment("hook", (/** @type {any} */ { channel, item, item: { hook } }) => html`<span class=${`tone ${hook.tone ?? ""}`}>${hook.state === "resolved" && html`<${Icon} name="check" />${t("hooks.resolved")}`}</span>${hook.buttons && html`<${Buttons} channel=${channel} item=${item} />`}`, {})
addAttachment("hook", "hook_changed", (_, { data }) => data.hook)
registerReducer("hook_changed", reducers.hook_changed)
setting({ name: "integrations", icon: "code", title: "hooks.title", roles: ["owner", "admin", "member"],
  component: lazy(() => import("./integrations.js").then(({ Integrations }) => Integrations)) })

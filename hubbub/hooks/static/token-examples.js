// What programs do with an API token: examples to copy.
import { url } from "../../web/static/boot.js"
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { Example } from "./command-example.js"

const slack = () => `from slack_sdk import WebClient

slack = WebClient(token="TOKEN", base_url="${new URL(url("/api/slack/"), location.href).href}")
alert = slack.chat_postMessage(channel="#lobby", text="*db1* is down")
slack.chat_update(channel=alert["channel"], ts=alert["ts"], text="*db1* is up again")`

const assistant = () => ['{"mcpServers": {"hubbub": {', '  "command": "hubbub",', '  "args": ["mcp"],',
  `  "env": {"HUBBUB_URL": "${new URL(url("/"), location.href).href}", "HUBBUB_TOKEN": "TOKEN"}`, "}}}"].join("\n")

export function TokenExamples() {
  return html`<section class="form with-token"><h3>${t("hooks.token")}</h3><p>${t("hooks.token.why")} <a href=${url("/settings/tokens")}>${t("hooks.token.create")}</a></p>
    <${Example} title=${t("hooks.token.slack")} text=${slack()} />
    <${Example} title=${t("hooks.token.assistant")} text=${assistant()} /><p class="hint">${t("hooks.token.assistant.hint")}</p></section>`
}

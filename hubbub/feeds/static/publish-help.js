// How to publish values: two commands to copy.
import { html, Icon, url } from "../../web/static/shell.js"
import { toast } from "../../web/static/toast.js"
import { t } from "../../web/static/strings.js"

const origin = (location.origin + url("/")).replace(/\/$/, "")
const commands = () => [
  ["feeds.howto.curl", `curl ${origin}/api/feeds/mine/ticks \\\n  -H "Authorization: Bearer $HUBBUB_TOKEN" -H "Content-Type: application/json" \\\n  -d '{"ticks": [{"symbol": "ACME", "value": 184.22}]}'`],
  ["feeds.howto.command", `export HUBBUB_URL=${origin}\nhubbub feed publish ACME 184.22`],
]

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    toast(t("feeds.howto.copied"))
  } catch { toast(t("feeds.howto.not"), { danger: true }) }
}

export function HowTo() {
  return html`<div class="howto"><p class="hint">${t("feeds.howto.token")} <a href="/settings/tokens">${t("feeds.howto.tokens")}</a></p>
    ${commands().map(([key, text]) => html`<figure><figcaption>${t(key)}<button class="ghost" type="button" aria-label=${t("feeds.howto.copy")} title=${t("feeds.howto.copy")} onClick=${() => copy(text)}><${Icon} name="copy" /></button></figcaption>
      <pre tabindex="0">${text}</pre></figure>`)}</div>`
}

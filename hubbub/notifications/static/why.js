// Why a notification is in the inbox, in a sentence that opens a menu to change the rule behind it.
import { Menu } from "../../web/static/menu.js"
import { navigate } from "../../web/static/router.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { addToRow, titleOf } from "./notification.js"
import { explain } from "./rules.js"

/** @param {{ one: import("./inbox.js").Notification }} props */
function Why({ one }) {
  const { words, items } = explain(one, titleOf(one))
  const all = [...items, { icon: "settings", label: t("notifications.why.all"), act: () => navigate("/settings/rules") }]
  return html`<div class="why"><${Menu} label=${t("notifications.why.change", { why: words })} items=${all} variant="why-button">${words}<${Icon} name="chevron-down" /><//></div>`
}

addToRow(Why)

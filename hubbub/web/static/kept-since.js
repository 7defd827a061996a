// The age of something that this browser has kept, above it.
import { Icon } from "./boot.js"
import { sinceOf } from "./dates.js"
import { t } from "./strings.js"
import { html } from "./vendor/preact.js"

/** @param {{ at: number }} props 0 for what is new */
export function KeptSince({ at }) { return at > 0 && html`<p class="hint kept-since"><${Icon} name="cloud-off" /> ${t("web.kept.since", { when: sinceOf(at) })}</p>` }

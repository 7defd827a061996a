// Show the state of the connection.
import { jobs } from "./channels.js"
import { connectionState, refusalReason } from "./connection.js"
import { Icon } from "./boot.js"
import { effect, html, signal } from "./vendor/preact.js"
import { t } from "./strings.js"

const ICONS = { connecting: "loader-circle", offline: "cloud-off", refused: "wifi-off" }
const DISPLAY_DELAY = 2000 // milliseconds; a shorter interruption is not shown

/**
 * The state of the connection as displayed.
 * @type {import("./vendor/preact.js").Signal<"online" | "connecting" | "offline" | "refused" | "quiet">}
 */
const displayedState = signal("quiet")
let waiting = 0

effect(() => {
  const now = connectionState.value
  document.body.dataset.state = now
  clearTimeout(waiting)
  if (now === "online" || now === "refused") displayedState.value = now
  else waiting = setTimeout(() => { displayedState.value = now }, DISPLAY_DELAY)
})

/** The state of the connection in one word. */
export function ConnectionLabel() {
  const now = displayedState.value
  return html`<span class=${`state ${now}`}>${now === "quiet" ? "" : t(`web.state.${now}`)}</span>`
}

/** The state of the connection as a sentence, if it needs one. */
export function ConnectionNotice() {
  const now = displayedState.value, quiet = now === "quiet" || now === "online"
  const n = jobs.value.filter(({ event, state: now }) => now === "queued" && (event === "post" || event === "edit")).length
  return html`<p class=${`line state ${now}`} role="status">
    ${!quiet && html`<${Icon} name=${ICONS[now]} spin=${now === "connecting"} />
      <span>${t(`web.state.${now}.long`, { reason: refusalReason.value })}${n > 0 && ` ${t("web.state.waiting", { n })}`}</span>`}
  </p>`
}

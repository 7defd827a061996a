// Components that are loaded when they are first shown; if that failed, again on reconnect and after longer and longer pauses.
import { connectionState, onConnect, updated } from "./connection.js"
import { withRest } from "./later.js"
import { html, Icon } from "./shell.js"
import { signal, useEffect } from "./vendor/preact.js"
import { Reload } from "./updated.js"
import { t } from "./strings.js"

const LONGEST = 60_000 // milliseconds between two tries

/** @param {() => Promise<any>} load imports the component @param {boolean} [early] also once connected, for when the page is offline later */
export function lazy(load, early = false) {
  const found = signal(/** @type {any} */ (null)), failures = signal(0)
  async function fetch() {
    try { found.value = await withRest(load()) } catch { failures.value += 1 }
  }
  if (early) onConnect(() => { if (!found.value) fetch() })
  return (/** @type {object} */ props) => {
    const online = connectionState.value === "online"
    useEffect(() => { if (!found.value) fetch() }, [online])
    useEffect(() => {
      if (!failures.value || !online || found.value) return
      const again = setTimeout(fetch, Math.min(500 * 2 ** failures.value, LONGEST))
      return () => clearTimeout(again)
    }, [failures.value, online, found.value])
    if (found.value) return html`<${found.value} ...${props} />`
    if (!failures.value) return html`<div aria-busy="true"></div>`
    return html`<div class="empty" role="status"><${Icon} name="cloud-off" /><p>${t(updated.value ? "web.updated" : "web.part.away")}</p>
      ${updated.value ? html`<${Reload} />` : html`<button class="plain" type="button" onClick=${fetch}>${t("web.part.again")}</button>`}</div>`
  }
}

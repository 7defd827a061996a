// Components that are loaded when they are first shown, and loaded again on reconnect if that failed.
import { connectionState, onConnect, updated } from "./connection.js"
import { withRest } from "./later.js"
import { html, Icon } from "./shell.js"
import { signal, useEffect } from "./vendor/preact.js"
import { Reload } from "./updated.js"
import { t } from "./strings.js"

/** @param {() => Promise<any>} load imports the component @param {boolean} [early] also once connected, for when the page is offline later */
export function lazy(load, early = false) {
  const found = signal(/** @type {any} */ (null)), failed = signal(false)
  async function fetch() {
    failed.value = false
    try { found.value = await withRest(load()) } catch { failed.value = true }
  }
  if (early) onConnect(() => { if (!found.value) fetch() })
  return (/** @type {object} */ props) => {
    const online = connectionState.value === "online"
    useEffect(() => { if (!found.value) fetch() }, [online])
    if (found.value) return html`<${found.value} ...${props} />`
    if (!failed.value) return html`<div aria-busy="true"></div>`
    return html`<div class="empty" role="status"><${Icon} name="cloud-off" /><p>${t(updated.value ? "web.updated" : "web.part.away")}</p>
      ${updated.value ? html`<${Reload} />` : html`<button class="plain" type="button" onClick=${fetch}>${t("web.part.again")}</button>`}</div>`
  }
}

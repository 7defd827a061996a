// What a visitor sees who has not entered: invite or setup, sign-in, or why they cannot enter.
import { withRest } from "../../web/static/later.js"
import { path } from "../../web/static/router.js"
import { boot, html } from "../../web/static/shell.js"
import { signal, useEffect } from "../../web/static/vendor/preact.js"

/** @type {Record<string, () => Promise<any>>} */
const ENTRIES = {
  join: () => import("./join-page.js").then(({ Join }) => Join),
  sign: () => import("./sign-in-page.js").then(({ SignIn }) => SignIn),
  closed: () => import("./setup-help.js").then(({ SetupHelp: Closed }) => Closed),
}
const loaded = signal(/** @type {Record<string, any>} */ ({}))

/** @param {{ door: string }} props */
function Entry({ door }) {
  const Found = loaded.value[door]
  useEffect(() => { if (!Found) withRest(ENTRIES[door]()).then(found => { loaded.value = { ...loaded.value, [door]: found } }) }, [door])
  return Found ? html`<${Found} />` : html`<main class="page" aria-busy="true"></main>`
}

export function Gate() {
  const at = path.value.split("?")[0]
  return html`<${Entry} door=${at === "/join" ? "join" : boot.owned || at === "/sign-in" ? "sign" : "closed"} />`
}
export function JoinView() { return html`<${Entry} door="join" />` }
export function SignInView() { return html`<${Entry} door="sign" />` }

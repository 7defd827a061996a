// Which door stands before who is not in: the set-up or an invite, the sign-in, or why there is none.
import { path } from "../../web/static/router.js"
import { boot, html } from "../../web/static/shell.js"
import { signal, useEffect } from "../../web/static/vendor/preact.js"

/** @type {Record<string, () => Promise<any>>} */
const DOORS = {
  join: () => import("./join.js").then(({ Join }) => Join),
  sign: () => import("./sign-in.js").then(({ SignIn }) => SignIn),
  closed: () => import("./closed.js").then(({ Closed }) => Closed),
}
const loaded = signal(/** @type {Record<string, any>} */ ({}))

/** @param {{ door: string }} props */
function Door({ door }) {
  const Found = loaded.value[door]
  useEffect(() => { if (!Found) DOORS[door]().then(found => { loaded.value = { ...loaded.value, [door]: found } }) }, [door])
  return Found ? html`<${Found} />` : html`<main class="page" aria-busy="true"></main>`
}

export function Gate() {
  const at = path.value.split("?")[0]
  return html`<${Door} door=${at === "/join" ? "join" : boot.owned || at === "/sign-in" ? "sign" : "closed"} />`
}
export function JoinView() { return html`<${Door} door="join" />` }
export function SignInView() { return html`<${Door} door="sign" />` }

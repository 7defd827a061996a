// Which dialog stands open to make something; the dialogs are fetched when they are first asked for.
import { html } from "../../../web/static/shell.js"
import { signal, useEffect } from "../../../web/static/vendor/preact.js"

/** @type {import("../../../web/static/vendor/preact.js").Signal<"" | "room" | "direct" | "palette" | "help">} */
export const making = signal("")

/** @type {Record<string, () => Promise<any>>} */
const FILES = {
  room: () => import("./create.js").then(({ CreateRoom }) => CreateRoom),
  direct: () => import("./direct.js").then(({ NewDirect }) => NewDirect),
  palette: () => import("./palette.js").then(({ Palette }) => Palette),
  help: () => import("./help.js").then(({ Help }) => Help),
}
const loaded = signal(/** @type {Record<string, any>} */ ({}))

export function Making() {
  const kind = making.value, Dialog = loaded.value[kind]
  useEffect(() => { if (kind && !Dialog) FILES[kind]().then(found => { loaded.value = { ...loaded.value, [kind]: found } }) }, [kind])
  return kind && Dialog ? html`<${Dialog} key=${kind} close=${() => { making.value = "" }} />` : null
}

// The dialogs of the rooms' part of the page, each loaded when it is first opened.
import { withRest } from "../../../web/static/later.js"
import { html } from "../../../web/static/shell.js"
import { signal, useEffect } from "../../../web/static/vendor/preact.js"
import { openedDialog } from "./opened-dialog.js"

/** @type {Record<string, () => Promise<any>>} */
const DIALOGS = {
  room: () => import("./create-room.js").then(({ CreateRoom }) => CreateRoom),
  direct: () => import("./new-direct.js").then(({ NewDirect }) => NewDirect),
  palette: () => import("./palette.js").then(({ Palette }) => Palette),
  help: () => import("./help.js").then(({ Help }) => Help),
}
const loaded = signal(/** @type {Record<string, any>} */ ({}))

export function Dialogs() {
  const kind = openedDialog.value, Dialog = loaded.value[kind]
  useEffect(() => { if (kind && !Dialog) withRest(DIALOGS[kind]()).then(found => { loaded.value = { ...loaded.value, [kind]: found } }) }, [kind])
  return kind && Dialog ? html`<${Dialog} key=${kind} close=${() => { openedDialog.value = "" }} />` : null
}

// Boots the page: the slices named by the server register their parts, the shell is drawn, the connection is made.
import { boot } from "./boot.js"
import "./channels.js"
import { Frame } from "./frame.js"
import { start } from "./live.js"
import { html } from "./ui.js"
import { render } from "./vendor/preact.js"

await Promise.all((boot.modules ?? []).map(url => import(url)))
render(html`<${Frame} />`, /** @type {HTMLElement} */ (document.getElementById("app")))
start()

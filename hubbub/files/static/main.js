// The files slice of the page: the lightbox. Attachments are drawn by the slices that show and write messages.
import { lazy } from "../../web/static/lazy.js"
import { add, html } from "../../web/static/shell.js"
import { looking } from "./attachments.js"

const Lightbox = lazy(() => import("./lightbox.js").then(({ Lightbox }) => Lightbox))

add("overlays", () => looking.value && html`<${Lightbox} />`)

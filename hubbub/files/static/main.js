// The files slice of the page: the lightbox. Attachments are rendered by the slices that show messages.
import { lazy } from "../../web/static/lazy.js"
import { add, html, whenConnected } from "../../web/static/shell.js"
import { openedPictures } from "./attachments.js"

const Lightbox = lazy(() => import("./lightbox.js").then(({ Lightbox }) => Lightbox))

add("overlays", () => openedPictures.value && html`<${Lightbox} />`)
whenConnected.push(() => import("./chosen-files.js"))

// The files slice of the page: what hangs over it; the rest is mounted by whoever shows and writes messages.
import "./words.js"
import { add } from "../../web/static/shell.js"
import { Lightbox } from "./lightbox.js"

add("overlays", Lightbox)

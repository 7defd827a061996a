// What is kept of documents: their titles. A document itself is kept where it is open; see open-documents.js.
import { keepPart } from "../../web/static/keep-channels.js"
import { titles } from "./titles.js"

const MOST = 200

keepPart("documentTitles", () => titles.value.size ? [...titles.value].slice(-MOST) : undefined)

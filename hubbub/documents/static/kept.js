// Keep the titles of documents in this browser. open-documents.js keeps the documents themselves.
import { keepPart } from "../../web/static/keep-channels.js"
import { titles } from "./titles.js"

const MOST = 200

keepPart("documentTitles", () => titles.value.size ? [...titles.value].slice(-MOST) : undefined)

// The parts of a text that the page highlights for a search: reads a list of [text, words, unfinished] and writes them.
import { readFileSync } from "node:fs"
import { highlighter } from "../../hubbub/chat/static/highlight.js"

const cases = JSON.parse(readFileSync(0, "utf8"))
process.stdout.write(JSON.stringify(cases.map(([text, words, unfinished]) => {
  const parts = highlighter(words, unfinished)(text)
  return [parts.join(""), parts.filter((_, index) => index % 2)]
})))

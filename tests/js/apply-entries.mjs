// Applies entries to windows with the page's own reducers: reads [{window, entries}] from stdin, writes the items.
import { reducers } from "../../hubbub/chat/static/reducers.js"

let input = ""
process.stdin.setEncoding("utf8") // a character may be cut between two parts
for await (const part of process.stdin) input += part

const after = JSON.parse(input).map(({ window, entries }) => {
  const items = [...window.items]
  for (const entry of entries) reducers[entry.kind]?.(items, entry)
  return items
})
process.stdout.write(JSON.stringify(after))

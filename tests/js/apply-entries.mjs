// Applies entries to windows with the page's own reducers: reads [{window, entries}] from stdin, writes the items.
import { reducers } from "../../hubbub/chat/static/reducers.js"

let said = ""
process.stdin.setEncoding("utf8") // a character may be cut between two parts
for await (const part of process.stdin) said += part

const after = JSON.parse(said).map(({ window, entries }) => {
  const items = [...window.items]
  for (const entry of entries) reducers[entry.kind]?.(items, entry)
  return items
})
process.stdout.write(JSON.stringify(after))

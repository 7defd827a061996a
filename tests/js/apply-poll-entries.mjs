// Applies entries to the items of a window with the page's reducers: {items, entries} on stdin, the items on stdout.
import { readFileSync } from "node:fs"
import { addAttachment, reducers } from "../../hubbub/chat/static/reducers.js"
import { closed, voted } from "../../examples/polls/hubbub_polls/static/reducers.js"

addAttachment("poll", "voted", voted)
addAttachment("poll", "poll_closed", closed)
const { items, entries } = JSON.parse(readFileSync(0, "utf8"))
entries.forEach(entry => reducers[entry.kind]?.(items, entry))
process.stdout.write(JSON.stringify(items))

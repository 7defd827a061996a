// The page's outbox, joined to the connection: it drains at every connect.
import * as live from "./live.js"
import { createOutbox } from "./outbox.js"
import { signal } from "./vendor/preact.js"

/** What is on its way, for whoever draws it. @type {import("./vendor/preact.js").Signal<import("./types").Job[]>} */
export const jobs = signal([])

export const outbox = createOutbox({
  ask: live.ask, online: live.online, changed: next => { jobs.value = next }, later: retry => { setTimeout(retry, 1500) },
})

live.greet(() => { outbox.drain() })

// Who has a connection open now: asked for at every connect, kept up by signals.
import * as live from "../../web/static/live.js"
import { signal } from "../../web/static/vendor/preact.js"

/** @type {import("../../web/static/vendor/preact.js").Signal<ReadonlySet<number>>} */
export const here = signal(new Set())

live.greet(async () => {
  const { ok } = await live.ask("here", {})
  if (ok) here.value = new Set(ok)
})

live.listen((event, payload) => {
  if (event !== "here") return
  const next = new Set(here.value)
  if (payload.data.here) next.add(payload.data.person)
  else next.delete(payload.data.person)
  here.value = next
})

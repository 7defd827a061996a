// How a room's list stands: its items with my changes, what is on its way, how far I had read; and how to load more.
import { channel as channelOf } from "../../web/static/channels.js"
import { me } from "../../people/static/me.js"
import { shown, waiting } from "./optimistic.js"
import { answered, ruleOf, show } from "./reading.js"
import { read, unread } from "./standing.js"

/** @param {string} name @param {any} empty what stands where nothing was said yet @returns {import("./scene.js").Sight} */
export function sightOf(name, empty) {
  const channel = channelOf(name)
  channel.version.value
  const { items, cursor, complete } = channel.log
  return {
    items: shown(name, items), jobs: waiting(name), me: me.value?.id ?? 0, rule: ruleOf(name).value, head: cursor[0], live: channel.isAtLatest,
    complete, unread: unread(name), empty,
    older: () => channel.loadOlder(), newer: () => channel.loadNewer(), latest: async () => { await channel.open({ newest: true }) },
    seen: seq => show(name, seq),
    settle() { read(name, cursor[0]); answered(name) },
  }
}

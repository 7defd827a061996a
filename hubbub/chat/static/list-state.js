// What the rows of one list share: the room, the thread if it is one, who is looked at, and where one writes.
import { channel as channelOf } from "../../web/static/channels.js"
import { signal } from "../../web/static/vendor/preact.js"
import { me } from "../../people/static/me.js"
import { shown, waiting } from "./optimistic.js"
import { answered, ruleOf, show } from "./reading.js"
import { read, unread } from "./standing.js"
import { createHeights, createReader } from "./reader.js"
import { createWriting } from "./writing.js"

/** @typedef {import("../../web/static/vendor/preact.js").Signal<string>} Id the id of a row, or "" */
/** @typedef {{ channel: string, root: number, active: Id, current: Id, writing: import("./writing.js").Writing, reader: import("./reader.js").Reader,
 *   heights: ReturnType<typeof createHeights> }} Scene */
/** How a list stands now, and how to have more of it; `live`: the newest is among the items. @typedef {{ items: import("../../web/static/types").Item[],
 *   jobs: import("../../web/static/types").Job[], me: number, rule: number, head: number, live: boolean, complete: boolean, unread: number, empty: any,
 *   older: () => void, newer: () => void, latest: () => Promise<void>, seen: (seq: number) => void, settle: () => void }} Sight */

/** @type {Map<string, Scene>} */
const scenes = new Map()

/** The scene of a room, or of a thread in it; the same one while the page lives. @param {string} channel @param {number} [root] @returns {Scene} */
export function sceneOf(channel, root = 0) {
  const id = `${channel}/${root}`, known = scenes.get(id)
  if (known) return known
  const scene = { channel, root, active: signal(""), current: signal(""), writing: createWriting(channel, root),
    reader: createReader(), heights: createHeights() }
  scenes.set(id, scene)
  return scene
}

/** The state of a room's list. @param {string} name @param {any} empty what to show in an empty room @returns {Sight} */
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

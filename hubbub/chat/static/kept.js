// My state, kept in this browser: rooms, read cursors, drafts; as a window of my own channel, like the server's.
import { channel } from "../../web/static/channels.js"
import { keepPart } from "../../web/static/keep-channels.js"
import { levels } from "../../notifications/static/inbox.js"
import { arrangement } from "../../people/static/arrangement.js"
import { me } from "../../people/static/me.js"
import { keptDrafts } from "./drafts.js"
import { rooms, stateToKeep } from "./user-state.js"

keepPart("windows", () => {
  const name = `user:${me.value?.id}`, { cursors, saved, ...state } = stateToKeep()
  const known = [...rooms.value.values()].map(room => ({ ...room, head: channel(room.channel).log.cursor, n: channel(room.channel).n.value }))
  return { [name]: {
    ...state, channel: name, items: [], people: {}, as_of: channel(name).log.cursor, rooms: known, levels: levels.value, drafts: keptDrafts(),
    sidebar: Object.fromEntries(arrangement.value),
    saved: [...saved].filter(([, version]) => version > 0).map(([id, version]) => { const [room, seq] = id.split("/"); return [room, Number(seq), version] }),
    cursors: Object.fromEntries([...cursors].map(([name, { seq, n, version }]) => [name, [seq, n, version]])),
  } }
})

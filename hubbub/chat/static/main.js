// The chat slice of the page: what entries do to a room, the views of rooms, threads and search, and what hangs beside them.
import { channel, heed, jobs, outbox, reduce } from "../../web/static/channels.js"
import * as live from "../../web/static/live.js"
import { add, html, panel, route } from "../../web/static/shell.js"
import { t } from "../../web/static/words.js"
import { me } from "../../people/static/me.js"
import "./words.js"
import { Asked } from "./asked.js"
import { Picker } from "./picker.js"
import { reducers } from "./reducers.js"
import { Room } from "./room.js"
import { lazily } from "../../web/static/lazily.js"
import { iconOf } from "./rooms/row.js"
import { RoomActions } from "./rooms/top-bar.js"
import { begin, room, roomName } from "./standing.js"

/** @param {Record<string, string>} params */
function heading({ id }) {
  const here = room(`room:${id || 1}`)
  return here ? { title: roomName(here), icon: here.kind === "direct" ? "" : iconOf(here), about: here.topic } : { title: t(id ? "room.some" : "room.lobby"), icon: "hash" }
}

Object.entries(reducers).forEach(([kind, reducer]) => reduce(kind, reducer))
live.listen((_, entry) => {
  if (entry?.seq && entry.author === me.value?.id) outbox.heard(entry.channel, new Set([entry.key]), channel(entry.channel).log.cursor[0])
})
heed(({ channel: name, items, as_of }) => {
  const mine = items.filter((/** @type {any} */ { author }) => author === me.value?.id)
  outbox.heard(name, new Set(mine.map((/** @type {any} */ { key }) => key)), as_of[0])
})
begin()
const Unsent = lazily(() => import("./unsent.js").then(({ Unsent }) => Unsent))

route("/", Room, { heading, actions: RoomActions })
route("/room/:id/:seq?", Room, { heading, actions: RoomActions })
route("/search", lazily(() => import("./search.js").then(({ Search }) => Search)), { heading: () => ({ title: t("search.title"), icon: "search" }) })
route("/threads", lazily(() => import("./threads.js").then(({ Threads }) => Threads)), { heading: () => ({ title: t("threads.title"), icon: "messages-square" }) })
panel("thread", lazily(() => import("./thread.js").then(({ Thread }) => Thread)), () => t("thread.title"))
panel("pins", lazily(() => import("./pins.js").then(({ Pins }) => Pins)), () => t("pins.title"))
add("overlays", Asked)
add("overlays", Picker)
add("notices", () => jobs.value.some(({ event, state: now }) => event === "post" && now === "failed") && html`<${Unsent} />`)

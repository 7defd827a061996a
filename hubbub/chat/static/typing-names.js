// Who is typing: shown for six seconds after the last indicator, or until the message is there.
import { onEvent } from "../../web/static/connection.js"
import { list, t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { typing } from "./typing.js"

const EXPIRES_AFTER = 6000, MAX_NAMES = 3

/** Until when each person is shown, by room or thread. @type {Map<string, Map<number, number>>} */
const places = new Map()
let sweeping = 0

/** @param {number[]} ids */
function wordsFor(ids) {
  if (ids.length > MAX_NAMES) return t("chat.typing.several")
  return ids.length ? t("chat.typing.names", { n: ids.length, names: list(ids.map(id => person(id).name)) }) : ""
}

/** @param {string} place @param {number} id @param {number} until */
function setTyping(place, id, until) {
  const people = places.get(place) ?? new Map()
  if (until) places.set(place, people.set(id, until))
  else if (!people.delete(id)) return
  const ids = [...people.keys()]
  typing.value = { ...typing.value, [place]: () => wordsFor(ids) }
}

function sweep() {
  const now = Date.now()
  for (const [place, people] of places) {
    for (const [id, until] of people) if (until < now) setTyping(place, id, 0)
    if (!people.size) places.delete(place)
  }
  if (places.size) return
  clearInterval(sweeping)
  sweeping = 0
}

onEvent((event, payload) => {
  if (event === "typing") {
    const { person: id, thread = 0 } = payload.data
    if (id === me.value?.id) return
    setTyping(`${payload.channel}/${thread}`, id, Date.now() + EXPIRES_AFTER)
    sweeping ||= setInterval(sweep, 1000)
  } else if (event === "message" || event === "reply") {
    setTyping(`${payload.channel}/0`, payload.author, 0)
    if (payload.data?.thread) setTyping(`${payload.channel}/${payload.data.thread}`, payload.author, 0)
  }
})

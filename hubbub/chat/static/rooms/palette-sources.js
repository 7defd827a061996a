// What the palette finds of the chat: rooms, people, commands and messages.
import { get } from "../../../web/static/http.js"
import { navigate } from "../../../web/static/router.js"
import { palette } from "../../../web/static/shell.js"
import { choose } from "../../../people/static/preferences.js"
import { theme } from "../../../web/static/preferences.js"
import { t } from "../../../web/static/strings.js"
import { addPeople, findPeople, person } from "../../../people/static/directory.js"
import { me } from "../../../people/static/me.js"
import { excerpt } from "../markdown.js"
import { markAllRead } from "../user-changes.js"
import { mentionCount, room, roomName, rooms, unreadCount } from "../user-state.js"
import { openDirect } from "./new-direct.js"
import { openedDialog } from "./opened-dialog.js"
import { HERE } from "./palette-ranking.js"
import { addressOf, iconOf, isCurrent } from "./room-row.js"

/** @typedef {import("../../../web/static/find.js").Entry} Entry */

const MESSAGES = 5, FROM = 2 // messages shown, and characters from which they are looked for

/** @returns {Entry[]} */
export function commands() {
  const guest = me.value?.role === "guest"
  const known = [
    !guest && ["chat.rooms.add", "plus", () => { openedDialog.value = "room" }], !guest && ["chat.rooms.message", "square-pen", () => { openedDialog.value = "direct" }],
    !guest && ["chat.rooms.browse", "list-filter", () => navigate("/rooms")], ["chat.read.all", "check-check", markAllRead], ["chat.nav.search", "search", () => navigate("/search")],
    ...palette.filter(({ when }) => when()).map(({ title, icon, act }) => [title, icon, act]),
    ["chat.command.theme", "sun", () => choose("theme", theme.value === "dark" ? "light" : "dark")], ["chat.command.help", "keyboard", () => { openedDialog.value = "help" }],
  ]
  return known.filter(Boolean).map(entry => {
    const [key, icon, act] = /** @type {[string, string, () => void]} */ (entry)
    return { id: key, name: t(key), kind: t("chat.palette.command"), icon, sign: ">", weight: -1, act }
  })
}

/** My rooms, the open one last. @returns {Entry[]} */
export function places() {
  return [...rooms.value.values()].map(room => {
    const others = room.people.filter(id => id !== me.value?.id), address = addressOf(room)
    return {
      id: room.channel, name: roomName(room), kind: t(room.kind === "direct" ? "chat.palette.direct" : "chat.palette.room"), icon: iconOf(room), sign: room.kind === "direct" ? "@" : "#",
      person: room.kind === "direct" && others.length < 2 ? others[0] ?? me.value?.id : undefined, note: room.archived ? t("chat.rooms.archived") : "",
      weight: isCurrent(address) ? HERE : room.archived ? -2 : mentionCount(room.channel) ? 2 : unreadCount(room.channel) ? 1 : 0, act: () => navigate(address),
    }
  })
}

/** People without a conversation in the list of rooms. @param {string} word @returns {Promise<Entry[]>} */
export async function people(word) {
  if (!word) return []
  const known = new Set([...rooms.peek().values()].flatMap(({ kind, people: ids }) => kind === "direct" && ids.length === 2 ? ids : []))
  const found = (await findPeople(word)).filter(({ id }) => !known.has(id) && id !== me.peek()?.id)
  return found.slice(0, 20).map(({ id, name, handle }) => (
    { id: `person:${id}`, name, names: [name, handle ?? ""], kind: t("chat.palette.person"), note: `@${handle}`, person: id, sign: "@", act: () => openDirect([id]) }))
}

/** @param {string} word @returns {Promise<Entry[]>} */
export async function messages(word) {
  if (word.length < FROM) return []
  const { ok } = await get(`/api/search?q=${encodeURIComponent(word)}&limit=${MESSAGES}`)
  if (!ok) return []
  addPeople(ok.people)
  return ok.items.map((/** @type {any} */ { channel, seq, author, text }) => {
    const here = room(channel)
    return { id: `${channel}/${seq}`, name: excerpt(text, 120), names: [], isMatch: true, kind: here ? roomName(here) : "", note: person(author).name, person: author, weight: -3, act: () => navigate(`/room/${channel.slice(5)}/${seq}`) }
  })
}


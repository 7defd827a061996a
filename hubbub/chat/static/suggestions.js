// Autocomplete suggestions: people, rooms, emoji, commands; the best first, those of this room before others.
import { t } from "../../web/static/strings.js"
import { signal } from "../../web/static/vendor/preact.js"
import { findPeople as searchPeople, person } from "../../people/static/directory.js"
import { commands } from "./commands.js"
import { findEmoji } from "./emoji-names.js"
import { membersOf } from "./members.js"
import { bestMatches } from "./matches.js"
import { slugOf } from "./mention.js"
import { messageAt } from "./quote.js"
import { commandsIn } from "./room-commands.js"
import { room, roomName, rooms } from "./user-state.js"
import { registerTrigger, suggestLater, triggers } from "./autocomplete.js"

/** @typedef {import("../../web/static/types").Person} Person */
/** @typedef {import("./autocomplete.js").Suggestion} Suggestion */
/** @typedef {import("./autocomplete.js").Query} Query */

const MOST = 8
const findGroups = suggestLater(() => import("../../people/static/groups.js").then(({ suggestGroups }) => suggestGroups))

const found = signal(/** @type {Person[]} */ ([]))
let latestQuery = ""

/**
 * Return the people who match so far; the server's answer is rendered when it arrives.
 * @param {string} word @returns {Person[]}
 */
function findPeople(word) {
  if (latestQuery !== `@${word}`) {
    const query = latestQuery = `@${word}`
    setTimeout(async () => {
      if (latestQuery !== query) return
      const people = await searchPeople(word)
      if (latestQuery === query) found.value = people
    }, 60)
  }
  return found.value
}

/** How close a person is: in the open thread, in a conversation with me, in this room, or none of that. @param {string} channel @param {number} root of the thread */
function closeness(channel, root) {
  const members = membersOf(channel), start = root ? messageAt(channel, root) : null
  const talking = new Set([...start?.replies?.people ?? [], start?.author]), known = new Set([...rooms.value.values()].flatMap(({ kind, people: ids }) => kind === "direct" ? ids : []))
  return (/** @type {number} */ id) => talking.has(id) ? -2 : members && !members.has(id) ? 3 : known.has(id) ? -1 : 0
}

/** @param {string} word @param {string} channel @param {number} [root] @returns {Suggestion[]} */
function people(word, channel, root = 0) {
  const far = closeness(channel, root)
  const all = ["room", "here"].map(handle => ({
    names: [handle], far: 2,
    suggestion: { id: `@${handle}`, insert: `@${handle} `, label: `@${handle}`, note: t(`chat.suggestion.${handle}`), icon: "users" },
  }))
  const groups = findGroups(word, channel).map(one => ({ names: [one.label, one.insert.slice(1, -1)], far: 1, suggestion: one }))
  const found = findPeople(word).map(({ id, name, handle = "" }) => {
    const inside = far(id) < 3
    const note = inside ? `@${handle}` : t("chat.suggestion.outside", { handle })
    return { names: [name, handle], far: far(id), suggestion: { id: `@${id}`, insert: `@${handle} `, label: name, note, person: id, dim: !inside } }
  })
  return bestMatches(word, [...found, ...groups, ...all], MOST).map(({ suggestion }) => suggestion)
}

/** @param {string} word @returns {Suggestion[]} */
function places(word) {
  const named = [...rooms.value.values()].filter(({ kind, archived }) => kind !== "direct" && !archived)
  return bestMatches(word, named.map(each => ({ names: [roomName(each), slugOf(roomName(each))], each })), MOST).map(({ each }) => (
    { id: each.channel, insert: `#${slugOf(roomName(each))} `, label: roomName(each), note: each.topic, icon: each.kind === "private" ? "lock" : "hash" }))
}

/** @param {string} word @returns {Suggestion[]} */
function pictures(word) {
  return findEmoji(word, MOST).map(({ picture, label, names }) => (
    { id: picture, insert: `${picture} `, label: `:${names[0] ?? label}:`, picture }))
}

/** @param {string} word @param {string} channel @returns {Suggestion[]} */
function slashCommands(word, channel) {
  const kind = room(channel)?.kind
  const fixed = kind === "lobby" || kind === "direct" ? new Set(["topic", "invite", "leave"]) : new Set()
  const own = [...commands].filter(([name]) => name.startsWith(word) && !fixed.has(name)).map(([name, { about, args }]) => (
    { id: name, insert: `/${name} `, label: `/${name}`, value: args && t(args), note: t(about), icon: "terminal" }))
  return [...own, ...commandsIn(channel).filter(({ name }) => name.startsWith(word) && !commands.has(name)).map(({ name, about, bot }) => (
    { id: name, insert: `/${name} `, label: `/${name}`, value: person(bot).name, note: about, person: bot }))]
}

/** @param {Query} query @param {string} channel @param {number} [root] @returns {Suggestion[]} */
export function suggestionsFor({ sign, word }, channel, root = 0) {
  return sign === "/" ? slashCommands(word, channel) : triggers.get(sign)?.suggest(word, channel, root) ?? []
}

registerTrigger("@", people)
registerTrigger("#", places)
registerTrigger(":", pictures, 2)
registerTrigger("```", suggestLater(() => import("./languages.js").then(({ findLanguages }) => findLanguages)), 1, /(?:^|\n) {0,3}```([\w+#-]{0,20})$/)

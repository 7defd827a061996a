// The chat's own commands, loaded once connected, or when the first one is sent.
import * as connection from "../../web/static/connection.js"
import { makeKey } from "../../web/static/outbox.js"
import { navigate } from "../../web/static/router.js"
import { t } from "../../web/static/strings.js"
import { byHandle } from "../../people/static/directory.js"
import { parseCommand } from "./autocomplete.js"
import { commands, registerCommand, roomCommands } from "./commands.js"
import { loadCommands } from "./room-commands.js"

/** @typedef {import("../../web/static/types").Answer} Answer */

/** @param {string} words @returns {Answer} */
function refused(words) { return { error: words, code: "bad_input" } }

/** @param {string} words @returns {{ people: number[], rest: string, unknown: string }} the people named at the beginning */
function named(words) {
  const people = [], parts = words.split(/\s+/)
  let unknown = ""
  while (parts[0]?.startsWith("@")) {
    const handle = /** @type {string} */ (parts.shift()).slice(1).toLowerCase(), found = byHandle(handle)
    if (found) people.push(found.id)
    else unknown ||= handle
  }
  return { people, unknown, rest: words.replace(/^(@\S+\s*)+/, "") }
}

/** @param {string} rest @param {(found: ReturnType<typeof named>) => Promise<Answer>} act */
async function withPeople(rest, act) {
  const found = named(rest)
  if (found.unknown) return refused(t("chat.command.nobody", { handle: found.unknown }))
  return found.people.length ? act(found) : refused(t("chat.command.who"))
}

/** @type {Record<string, import("./commands.js").Command>} */
const COMMANDS = {
  me(rest, { post }) {
    if (!rest) return refused(t("chat.command.what"))
    post(`_${rest}_`)
    return { ok: true }
  },
  urgent: (text, { channel, root }) => text ? connection.request("post", { channel, text, urgent: true, key: makeKey(), ...root ? { thread: root } : {} }) : refused(t("chat.command.what")),
  topic: (topic, { channel }) => connection.request("topic", { channel, topic, key: makeKey() }),
  invite: (rest, { channel }) => withPeople(rest, ({ people }) => connection.request("invite", { channel, people, key: makeKey() })),
  dm: rest => withPeople(rest, async ({ people, rest: text }) => {
    const answer = await connection.request("open_direct", { people })
    if (answer.error) return answer
    if (text) await connection.request("post", { channel: answer.ok.channel, text, key: makeKey() })
    navigate(`/room/${answer.ok.channel.slice(5)}`)
    return answer
  }),
  async leave(_, { channel }) {
    const answer = await connection.request("leave", { channel, key: makeKey() })
    if (!answer.error) navigate("/")
    return answer
  },
  away: rest => connection.request("profile", { status: rest || t("chat.command.away.status") }),
}

const ARGUMENTS = new Set(["me", "urgent", "topic", "invite", "dm", "away"])

for (const [name, run] of Object.entries(COMMANDS)) {
  registerCommand(name, `chat.command.${name}`, run, ARGUMENTS.has(name) ? `chat.command.${name}.arguments` : undefined)
}

/** Run the command in a text. @param {string} text @param {import("./commands.js").Context} place @returns {Promise<Answer>} */
export async function runCommand(text, place) {
  const { name, rest } = parseCommand(text) ?? { name: "", rest: "" }
  const own = commands.get(name)
  if (own) return own.run(rest, place)
  const found = (await loadCommands(place.channel)).some(command => command.name === name)
  return found ? roomCommands.run(name, rest, place) : refused(t("chat.command.unknown", { name }))
}

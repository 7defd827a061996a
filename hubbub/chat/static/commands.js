// Slash commands.
import * as connection from "../../web/static/connection.js"
import { makeKey } from "../../web/static/outbox.js"
import { navigate } from "../../web/static/router.js"
import { t } from "../../web/static/strings.js"
import { byHandle } from "../../people/static/directory.js"
import { parseCommand } from "./autocomplete.js"

/** @typedef {import("../../web/static/types").Answer} Answer */
/** @typedef {{ channel: string, post: (text: string) => void }} Context */

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

/** @param {string} words @returns {Answer} */
function refused(words) { return { error: words, code: "bad_input" } }

/** @param {string} rest @param {(found: ReturnType<typeof named>) => Promise<Answer>} act */
async function withPeople(rest, act) {
  const found = named(rest)
  if (found.unknown) return refused(t("chat.command.nobody", { handle: found.unknown }))
  return found.people.length ? act(found) : refused(t("chat.command.who"))
}

/** @typedef {(rest: string, place: Context) => Answer | Promise<Answer>} Command */

/** @type {Record<string, Command>} */
const COMMANDS = {
  me(rest, { post }) {
    if (!rest) return refused(t("chat.command.what"))
    post(`_${rest}_`)
    return { ok: true }
  },
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

const ARGUMENTS = new Set(["me", "topic", "invite", "dm", "away"])

/** All commands, with the strings that describe them and their arguments. @type {Map<string, { run: Command, about: string, args?: string }>} */
export const commands = new Map(Object.entries(COMMANDS).map(([name, run]) => (
  [name, { run, about: `chat.command.${name}`, args: ARGUMENTS.has(name) ? `chat.command.${name}.arguments` : undefined }])))

/**
 * Add a command `/name`; `rest` is the text after it.
 * @param {string} name @param {string} about the string that describes it @param {Command} run @param {string} [args] the string that names what to type after it
 */
export function registerCommand(name, about, run, args) { commands.set(name, { run, about, args }) }

/** Run the command in a text; null if it is an ordinary message. @param {string} text @param {Context} place */
export function runCommand(text, place) {
  const command = text.startsWith("//") ? null : parseCommand(text)
  if (!command) return null
  const known = commands.get(command.name)
  return Promise.resolve(known ? known.run(command.rest, place) : refused(t("chat.command.unknown", { name: command.name })))
}

// Slash commands: those of the chat are in own-commands.js, other slices add theirs.

/** @typedef {import("../../web/static/types").Answer} Answer */
/** @typedef {{ channel: string, root: number, post: (text: string) => void }} Context */
/** @typedef {{ name: string, about: string, bot: number }} RoomCommand a command that a program handles in a room */
/** @typedef {(rest: string, place: Context) => Answer | Promise<Answer>} Command */

/** All commands, with the strings that describe them and their arguments. @type {Map<string, { run: Command, about: string, args?: string }>} */
export const commands = new Map()

/**
 * How the commands of a room are found and run: another slice sets this.
 * @type {{ find: (channel: string) => Promise<RoomCommand[]>, run: (name: string, rest: string, place: Context) => Promise<Answer> }}
 */
export const roomCommands = { find: async () => [], run: async () => ({ ok: true }) }

/** Components above the message field, with `{ channel, root }`. @type {import("../../web/static/types").Component[]} */
export const aboveComposer = []

/**
 * Add a command `/name`; `rest` is the text after it.
 * @param {string} name @param {string} about the string that describes it @param {Command} run @param {string} [args] the string that names what to type after it
 */
export function registerCommand(name, about, run, args) { commands.set(name, { run, about, args }) }

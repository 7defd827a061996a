// Slash commands: those of the chat are in own-commands.js, other slices add theirs.

/** @typedef {import("../../web/static/types").Answer} Answer */
/** @typedef {{ channel: string, post: (text: string) => void }} Context */
/** @typedef {(rest: string, place: Context) => Answer | Promise<Answer>} Command */

/** All commands, with the strings that describe them and their arguments. @type {Map<string, { run: Command, about: string, args?: string }>} */
export const commands = new Map()

/**
 * Add a command `/name`; `rest` is the text after it.
 * @param {string} name @param {string} about the string that describes it @param {Command} run @param {string} [args] the string that names what to type after it
 */
export function registerCommand(name, about, run, args) { commands.set(name, { run, about, args }) }

// How commands and buttons end: a program's answer for me alone, or that it failed.
import { request } from "../../web/static/connection.js"
import { makeKey } from "../../web/static/outbox.js"
import { t } from "../../web/static/strings.js"
import { signal } from "../../web/static/vendor/preact.js"
import { notes } from "./notes.js"

/** @typedef {{ state: "pending" | "done" | "failed", words: string }} Press */

const MOST = 5, REMEMBERED = 100, LONGEST = 60_000 // notes, ended calls, milliseconds until an answer is not expected any more

/** What became of the buttons that I pressed, by channel, seq and id. @type {import("../../web/static/vendor/preact.js").Signal<Record<string, Press>>} */
export const presses = signal({})
/** The buttons of calls that have not ended. @type {Map<string, string>} */
const open = new Map()
/** Errors of calls that ended, perhaps before I knew their ids. @type {Map<string, string>} */
const ended = new Map()
let last = 0

/** @param {Omit<import("./notes.js").Note, "id">} note */
function addNote(note) { notes.value = [...notes.value.slice(1 - MOST), { ...note, id: ++last }] }

/** @param {string} place @param {Press["state"]} state @param {string} [words] */
function show(place, state, words = "") { presses.value = { ...presses.peek(), [place]: { state, words } } }

/** @param {string} call @param {string} error */
function finish(call, error) {
  const place = open.get(call)
  if (place) show(place, error ? "failed" : "done", error && t(`hooks.call.${error}`))
  open.delete(call)
}

/** Take a signal of the server. @param {string} event @param {any} data */
export function receive(event, { call, channel, thread, word, error, bot, text, is_command: isCommand }) {
  if (event === "only_you") return addNote({ channel, thread, bot, text })
  ended.set(call, error)
  if (ended.size > REMEMBERED) ended.delete([...ended.keys()][0])
  if (open.has(call)) finish(call, error)
  else if (error && isCommand) addNote({ channel, thread, problem: t("hooks.command.failed", { name: word, problem: t(`hooks.call.${error}`) }) })
}

/** Press a button of a message. @param {string} channel @param {number} seq @param {string} button */
export async function press(channel, seq, button) {
  const place = `${channel}/${seq}/${button}`
  if (presses.peek()[place]?.state === "pending") return
  show(place, "pending")
  const { ok: call, error } = await request("press", { channel, seq, button, key: makeKey() })
  if (error) return show(place, "failed", error)
  open.set(call, place)
  if (ended.has(call)) finish(call, ended.get(call) ?? "")
  else setTimeout(() => { if (open.delete(call)) show(place, "failed", t("hooks.call.unreachable")) }, LONGEST)
}

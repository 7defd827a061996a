// Warnings before a message is sent: it notifies very many people, or mentions someone who cannot read it.
import * as connection from "../../web/static/connection.js"
import { makeKey } from "../../web/static/outbox.js"
import { byHandle } from "../../people/static/directory.js"
import { parse, resolved } from "./markdown.js"
import { membersOf } from "./members.js"
import { room } from "./user-state.js"

const MANY = 12

/** @typedef {{ kind: "many", n: number } | { kind: "outside", people: number[] }} Warning */

/** The people mentioned in a text, by id; 0 for the whole room. @param {string} text @returns {Set<number>} */
function mentionedPeople(text) {
  const found = new Set()
  /** @param {import("./markdown.js").Branch[]} branches */
  const walk = branches => branches.forEach(({ token, children }) => {
    if (token.type === "mention") found.add(resolved(token.content, handle => handle === "room" ? 0 : byHandle(handle)?.id)?.id)
    walk(children)
  })
  if (/[@＠]/.test(text)) walk(parse(text))
  found.delete(undefined)
  return found
}

/** @param {string} channel @param {string} text @returns {Warning | null} */
export function warningFor(channel, text) {
  const mentioned = mentionedPeople(text), here = room(channel)
  const n = here?.members ?? 0
  if (mentioned.has(0) && n > MANY) return { kind: "many", n }
  const members = mentioned.size ? membersOf(channel) : null
  if (!members || !here || here.kind === "direct") return null
  const people = [...mentioned].filter(id => id && !members.has(id))
  return people.length ? { kind: "outside", people } : null
}

/** @param {string} channel @param {number[]} people */
export function invite(channel, people) { return connection.request("invite", { channel, people, key: makeKey() }) }

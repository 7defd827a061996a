// Warnings before a message is sent: it notifies very many people, or mentions someone who cannot read it.
import * as connection from "../../web/static/connection.js"
import { makeKey } from "../../web/static/outbox.js"
import { byHandle } from "../../people/static/directory.js"
import { parse } from "./markdown.js"
import { membersOf } from "./members.js"
import { room } from "./user-state.js"

const MANY = 12

/** @typedef {{ kind: "many", n: number } | { kind: "outside", people: number[] }} Warning */

/** The handles mentioned in a text. @param {string} text @returns {Set<string>} */
function mentionedHandles(text) {
  const found = new Set()
  /** @param {import("./markdown.js").Branch[]} branches */
  const walk = branches => branches.forEach(({ token, children }) => {
    if (token.type === "mention") found.add(token.content.toLowerCase())
    walk(children)
  })
  if (text.includes("@")) walk(parse(text))
  return found
}

/** @param {string} channel @param {string} text @returns {Warning | null} */
export function warningFor(channel, text) {
  const mentioned = mentionedHandles(text), here = room(channel)
  const n = here?.members ?? 0
  if (mentioned.has("room") && n > MANY) return { kind: "many", n }
  const members = mentioned.size ? membersOf(channel) : null
  if (!members || !here || here.kind === "direct") return null
  const people = [...mentioned].map(byHandle).filter(person => person && !members.has(person.id)).map(person => /** @type {any} */ (person).id)
  return people.length ? { kind: "outside", people } : null
}

/** @param {string} channel @param {number[]} people */
export function invite(channel, people) { return connection.request("invite", { channel, people, key: makeKey() }) }

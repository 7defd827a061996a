// Warnings before a message is sent: it notifies very many people, or mentions someone who cannot read it.
import * as connection from "../../web/static/connection.js"
import { makeKey } from "../../web/static/outbox.js"
import { html } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { byHandle, findPeople } from "../../people/static/directory.js"
import { parse, resolved } from "./markdown.js"
import { loadMembers } from "./members.js"
import { joinNames } from "./room-events.js"
import { room } from "./user-state.js"

const MANY = 12

/** @typedef {{ kind: "many", n: number } | { kind: "outside", people: number[] }} Warning */

/** The people mentioned in a text, by id; 0 for the whole room. @param {string} text @returns {Promise<Set<number>>} */
async function mentionedPeople(text) {
  /** @type {string[]} */
  const names = []
  /** @param {import("./markdown.js").Branch[]} branches */
  const walk = branches => branches.forEach(({ token, children }) => {
    if (token.type === "mention") names.push(token.content)
    walk(children)
  })
  walk(parse(text))
  const idOf = (/** @type {string} */ name) => resolved(name, handle => handle === "room" ? 0 : byHandle(handle)?.id)?.id
  await Promise.all(names.filter(name => idOf(name) === undefined && name !== "here").map(name => findPeople(name))) // people who are not known yet
  return new Set(names.flatMap(name => idOf(name) ?? []))
}

/** Return the warning about a text, once the members are loaded. @param {string} channel @param {string} text @returns {Promise<Warning | null>} */
export async function warningFor(channel, text) {
  const mentioned = await mentionedPeople(text), here = room(channel)
  const n = here?.members ?? 0
  if (mentioned.has(0) && n > MANY) return { kind: "many", n }
  if (!mentioned.size || !here || here.kind === "direct" || here.kind === "lobby") return null
  const members = await loadMembers(channel), people = members ? [...mentioned].filter(id => id && !members.has(id)) : []
  return people.length ? { kind: "outside", people } : null
}

/** @param {{ warning: Warning, channel: string, send: () => void, back: () => void }} props */
export function SendWarning({ warning, channel, send, back }) {
  const problem = useSignal("")
  async function inviteFirst() {
    if (warning.kind !== "outside") return
    const { error } = await connection.request("invite", { channel, people: warning.people, key: makeKey() })
    if (error) problem.value = error
    else send()
  }
  const words = warning.kind === "many" ? t("chat.warn.many", { n: warning.n }) : t("chat.warn.outside", { n: warning.people.length, who: joinNames(warning.people) })
  return html`<div class="send-warning" role="alert"><p>${problem.value || words}</p>
    ${warning.kind === "outside" && html`<button class="primary" type="button" onClick=${inviteFirst}>${t("chat.warn.invite")}</button>`}
    <button class="plain" type="button" onClick=${send}>${t(warning.kind === "many" ? "chat.warn.send" : "chat.warn.without")}</button>
    <button class="plain" type="button" onClick=${back}>${t("chat.warn.back")}</button></div>`
}

// The documents that are open on this page: their text in Yjs, followed like any channel, and what was typed and not yet kept.
import { channel, resume, subscribe, unsubscribe } from "../../web/static/channels.js"
import { get } from "../../web/static/http.js"
import * as connection from "../../web/static/connection.js"
import { callEach } from "../../web/static/guard.js"
import { makeKey } from "../../web/static/outbox.js"
import { applyUpdate, Doc, encodeStateAsUpdate, encodeStateVector, mergeUpdates } from "../../web/static/vendor/editor.js"
import { signal } from "../../web/static/vendor/preact.js"
import { me } from "../../people/static/me.js"
import { lacking } from "./lacking.js"
import { createSync, decode, encode } from "./sync.js"
import { learnTitles } from "./titles.js"

/** @typedef {import("./titles.js").Document} Document */
/** @typedef {Awaited<ReturnType<typeof begin>>} Opened */

const SERVER = "server" // the origin of what came from there
/** @type {Map<number, Promise<any>>} */
const opened = new Map()
/** Those that are here by now. @type {Map<number, any>} */
const current = new Map()

/** Where this page keeps what is not sent, and what earlier ones left there. @param {number} id */
const shelf = id => `unsaved:${me.value?.id}:${id}:`

/** @param {number} id @param {string} own */
function left(id, own) {
  const keys = Object.keys(localStorage).filter(key => key.startsWith(shelf(id)) && key !== own)
  return keys.map(key => {
    try { return { key, kept: JSON.parse(localStorage.getItem(key) ?? "null") } } catch { return { key, kept: null } }
  })
}

/** What a window says the text is made of. @param {{ state: string, updates: string[] }} window */
const updatesOf = ({ state, updates }) => [state, ...updates].filter(Boolean).map(decode)

/** How many views show one. @type {Map<number, number>} */
const held = new Map()

/** Have a document: once for the page, whatever shows it; whoever holds it closes it. @param {number} id @param {boolean} [hold] @returns {Promise<{ ok: Opened, error?: undefined, code?: undefined } | { ok?: undefined, error: string, code: string }>} */
export function open(id, hold = false) {
  if (hold) held.set(id, (held.get(id) ?? 0) + 1)
  let known = opened.get(id)
  if (!known) {
    opened.set(id, known = begin(id))
    known.then(answer => { if (answer.error !== undefined) opened.delete(id) })
  }
  return known
}

/** @param {number} id */
async function begin(id) {
  const name = `doc:${id}`, answer = await get(`/api/channels/${name}/window`)
  if (answer.error !== undefined) return answer
  const doc = new Doc(), text = doc.getText("text"), own = shelf(id) + makeKey()
  const facts = signal(/** @type {Document} */ (answer.ok.document)), state = signal("saved"), words = signal("")
  const sync = createSync({
    ask, online: connection.isConnected, merge: mergeUpdates, key: makeKey,
    later: (act, ms) => { setTimeout(act, ms) }, changed: (next, why) => { state.value = next; words.value = why },
    keep(kept) {
      try {
        if (kept) localStorage.setItem(own, JSON.stringify(kept))
        else localStorage.removeItem(own)
        return true
      } catch { return false }
    },
  })
  /** @param {{ update: string, key: string }} payload */
  async function ask(payload) {
    const answer = await connection.request("update", { channel: name, ...payload })
    if (answer.code !== "bad_input") return answer
    const { ok } = await get(`/api/channels/${name}/window`)
    if (ok) merge(ok)
    return ok && await bringBack(ok) ? connection.request("update", { channel: name, ...payload }) : answer
  }
  /** The server was put back to an earlier day: what it had acknowledged and lacks now goes there again. @param {any} window @returns {Promise<boolean>} whether it did */
  async function bringBack(window) {
    const lost = lacking({ Doc, applyUpdate, encodeStateVector, encodeStateAsUpdate }, doc, updatesOf(window), sync.unsaved)
    if (!lost) return false
    doc.clientID = crypto.getRandomValues(new Uint32Array(1))[0] // the lost history has used the other number
    const { error } = await connection.request("update", { channel: name, update: encode(lost), key: makeKey(), is_back: true })
    return error === undefined
  }
  /** @param {any} window */
  function merge(window) {
    doc.transact(() => { for (const update of updatesOf(window)) applyUpdate(doc, update, SERVER) }, SERVER)
    facts.value = { ...facts.peek(), ...window.document }
    learnTitles([facts.value])
  }
  merge(answer.ok)
  for (const { key, kept } of left(id, own)) {
    if (kept) {
      for (const update of [kept.flight?.update, ...kept.pending]) if (update) applyUpdate(doc, decode(update), SERVER)
      if (!sync.adopt(kept)) continue // there is no room for it twice
    }
    localStorage.removeItem(key)
  }
  doc.on("update", (/** @type {Uint8Array} */ update, /** @type {any} */ origin) => { if (origin !== SERVER) sync.typed(update) })
  subscribe(name, { cursor: answer.ok.as_of })
  const stop = channel(name).onChange(entry => {
    if (entry?.kind === "update") applyUpdate(doc, decode(entry.data.update), SERVER)
    else if (entry?.kind === "titled" || entry?.kind === "archived") look()
  })
  /** What I may do here, as of now. */
  async function look() {
    const { ok, code } = await get(`/api/documents/${id}`)
    if (ok) {
      facts.value = ok
      learnTitles([ok])
    } else if (code === "absent") facts.value = { ...facts.peek(), may_write: false, may_manage: false }
  }
  /** What is pushed beside the document's own entries. @param {string} event @param {any} payload */
  function hear(event, payload) {
    if (event === "reset" && payload.channel === name) {
      merge(payload)
      bringBack(payload)
    }
    const { room } = facts.peek(), changed = (event === "gone" || event === "room") && payload.data?.channel === room
    if (changed || (event === "archived" && payload.channel === room)) look()
    if (changed && event === "room") followAgain()
  }
  /** I am in the document's room again: continue where I left off. */
  function followAgain() {
    subscribe(name, { cursor: channel(name).log.cursor })
    resume([name])
  }
  const ok = { id, name, doc, text, facts, state, words, sync, look, hear, stop }
  current.set(id, ok)
  await look()
  return { ok }
}

connection.onConnect(() => callEach("A document after connecting", [...current.values()].map(({ sync, look }) => () => {
  sync.resume()
  look()
})))
connection.onEvent((event, payload) => callEach("A document", [...current.values()].map(({ hear }) => hear), event, payload))

/** Nobody shows it any more: forget it, unless something is still on its way. @param {number} id */
export async function close(id) {
  held.set(id, (held.get(id) ?? 1) - 1)
  const known = (await opened.get(id))?.ok
  if (held.get(id) || !known || known.sync.state !== "saved") return
  opened.delete(id)
  current.delete(id)
  known.stop()
  unsubscribe(known.name)
  known.doc.destroy()
}

addEventListener("beforeunload", event => {
  for (const { sync } of current.values()) sync.gather()
  if ([...current.values()].some(({ sync }) => sync.atRisk)) event.preventDefault()
})
addEventListener("pagehide", () => { for (const { sync } of current.values()) sync.gather() })
addEventListener("offline", () => { for (const { sync } of current.values()) sync.pause() })

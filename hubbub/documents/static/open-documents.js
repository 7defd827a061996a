// The documents open on this page: their text in Yjs, kept up to date through the channel, and updates that are not
// saved yet.
import { prefix } from "../../web/static/boot.js"
import { channel, isSubscribed, resume, subscribe, unsubscribe } from "../../web/static/channels.js"
import { get } from "../../web/static/http.js"
import * as connection from "../../web/static/connection.js"
import { callEach } from "../../web/static/guard.js"
import { find, isKeeping, keep } from "../../web/static/kept.js"
import { makeKey } from "../../web/static/outbox.js"
import { applyUpdate, Doc, encodeStateAsUpdate, encodeStateVector, mergeUpdates } from "../../web/static/vendor/editor.js"
import { signal } from "../../web/static/vendor/preact.js"
import { me } from "../../people/static/me.js"
import { missingUpdate } from "./missing-update.js"
import { createSync, decode, encode } from "./update-queue.js"
import { updateTitles } from "./titles.js"

/** @typedef {import("./titles.js").Document} Document */
/** @typedef {Awaited<ReturnType<typeof load>>} Opened */

const STORE_DELAY = 2000 // milliseconds
const SERVER = "server" // the origin of what came from there
/** @type {Map<number, Promise<any>>} */
const opened = new Map()
/** The documents that are loaded. @type {Map<number, any>} */
const loadedDocuments = new Map()

/** The prefix of the localStorage keys of a document's unsaved updates. @param {number} id */
const storagePrefix = id => `unsaved:${me.value?.id}${prefix}:${id}:`

/** @param {number} id @param {string} own */
function storedUnsaved(id, own) {
  const keys = Object.keys(localStorage).filter(key => key.startsWith(storagePrefix(id)) && key !== own)
  return keys.map(key => {
    try { return { key, unsaved: JSON.parse(localStorage.getItem(key) ?? "null") } } catch { return { key, unsaved: null } }
  })
}

/** The updates in a window. @param {{ state: string, updates: string[] }} window */
const updatesOf = ({ state, updates }) => [state, ...updates].filter(Boolean).map(decode)

/** How many views show each document. @type {Map<number, number>} */
const viewCount = new Map()

/**
 * Open a document, once per page. Who opens it with `hold` must close it.
 * @param {number} id @param {boolean} [hold] @returns {Promise<{ ok: Opened, error?: undefined, code?: undefined } | { ok?: undefined, error: string, code: string }>}
 */
export function open(id, hold = false) {
  if (hold) viewCount.set(id, (viewCount.get(id) ?? 0) + 1)
  let known = opened.get(id)
  if (!known) {
    opened.set(id, known = load(id))
    known.then(answer => { if (answer.error) opened.delete(id) })
  }
  return known
}

/** @param {number} id */
async function load(id) {
  const name = `doc:${id}`, answer = await get(`/api/channels/${name}/window`), kept = answer.code === "offline" ? await find(`document:${id}`) : undefined
  const opening = answer.ok ?? kept?.value
  if (!opening) return answer
  const doc = new Doc(), text = doc.getText("text"), own = storagePrefix(id) + makeKey()
  const facts = signal(/** @type {Document} */ (opening.document)), state = signal("saved"), words = signal("")
  const sync = createSync({
    ask, online: connection.isConnected, merge: mergeUpdates, key: makeKey,
    later: (act, ms) => { setTimeout(act, ms) }, changed: (next, why) => { state.value = next; words.value = why },
    keep(unsaved) {
      try {
        if (unsaved) localStorage.setItem(own, JSON.stringify(unsaved))
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
    return ok && await sendLost(ok) ? connection.request("update", { channel: name, ...payload }) : answer
  }
  /**
   * The server was restored to an earlier state: send what it acknowledged and no longer has.
   * @param {any} window @returns {Promise<boolean>} whether something was sent
   */
  async function sendLost(window) {
    const lost = missingUpdate({ Doc, applyUpdate, encodeStateVector, encodeStateAsUpdate }, doc, updatesOf(window), sync.unsaved)
    if (!lost) return false
    doc.clientID = crypto.getRandomValues(new Uint32Array(1))[0] // the lost history has used the other number
    const { error } = await connection.request("update", { channel: name, update: encode(lost), key: makeKey(), recovered: true })
    return !error
  }
  /** @param {any} window */
  function merge(window) {
    doc.transact(() => { for (const update of updatesOf(window)) applyUpdate(doc, update, SERVER) }, SERVER)
    facts.value = { ...facts.peek(), ...window.document }
    updateTitles([facts.value])
  }
  let timer = 0, isDiscarded = false
  /** Keep the document in this browser, as a window of its channel. */
  function store() {
    clearTimeout(timer)
    timer = 0
    const { room } = facts.peek()
    if (isDiscarded || !isKeeping() || !isSubscribed(room) || !isSubscribed(name)) return
    keep({ [`document:${id}`]: { document: facts.peek(), state: encode(encodeStateAsUpdate(doc)), updates: [], as_of: channel(name).log.cursor } }, room)
  }
  /** Discard what the server refused, also from what this browser keeps; the page must be loaded again. */
  async function discard() {
    isDiscarded = true
    sync.discard()
    await keep({ [`document:${id}`]: undefined })
  }
  merge(opening)
  for (const { key, unsaved } of storedUnsaved(id, own)) {
    if (unsaved) {
      for (const update of [unsaved.flight?.update, ...unsaved.pending]) if (update) applyUpdate(doc, decode(update), SERVER)
      if (!sync.adopt(unsaved)) continue // there is no space to store it twice
    }
    localStorage.removeItem(key)
  }
  doc.on("update", (/** @type {Uint8Array} */ update, /** @type {any} */ origin) => {
    if (origin !== SERVER) sync.add(update)
    timer ||= setTimeout(store, STORE_DELAY)
  })
  subscribe(name, { cursor: opening.as_of })
  const stop = channel(name).onChange(entry => {
    if (entry?.kind === "update") applyUpdate(doc, decode(entry.data.update), SERVER)
    else if (entry?.kind === "renamed" || entry?.kind === "archived") refreshFacts()
  })
  /** Load my current rights. */
  async function refreshFacts() {
    const { ok, code } = await get(`/api/documents/${id}`)
    if (ok) {
      facts.value = ok
      updateTitles([ok])
    } else if (code === "not_found") facts.value = { ...facts.peek(), may_write: false, may_manage: false }
  }
  /** Handle an event that is not an entry of the document. @param {string} event @param {any} payload */
  function onEvent(event, payload) {
    if (event === "reset" && payload.channel === name) {
      merge(payload)
      sendLost(payload)
    }
    const { room } = facts.peek(), changed = (event === "room_left" || event === "room") && payload.data?.channel === room
    if (changed || (event === "archived" && payload.channel === room)) refreshFacts()
    if (changed && event === "room") resubscribe()
  }
  /** I am in the document's room again: resume the channel. */
  function resubscribe() {
    subscribe(name, { cursor: channel(name).log.cursor })
    resume([name])
  }
  const ok = { id, name, doc, text, facts, state, words, sync, discard, refreshFacts, onEvent, stop, store }
  loadedDocuments.set(id, ok)
  await refreshFacts()
  store()
  return { ok }
}

connection.onConnect(() => callEach("A document after connecting", [...loadedDocuments.values()].map(({ sync, refreshFacts }) => () => {
  sync.resume()
  refreshFacts()
})))
connection.onEvent((event, payload) => callEach("A document", [...loadedDocuments.values()].map(({ onEvent }) => onEvent), event, payload))

/** Close a document that no view shows, unless updates are unsaved. @param {number} id */
export async function close(id) {
  viewCount.set(id, (viewCount.get(id) ?? 1) - 1)
  const known = (await opened.get(id))?.ok
  if (viewCount.get(id) || !known || known.sync.state !== "saved") return
  opened.delete(id)
  loadedDocuments.delete(id)
  known.stop()
  known.store()
  unsubscribe(known.name)
  known.doc.destroy()
}

addEventListener("beforeunload", event => {
  for (const { sync } of loadedDocuments.values()) sync.collect()
  if ([...loadedDocuments.values()].some(({ sync }) => sync.atRisk)) event.preventDefault()
})
addEventListener("pagehide", () => { for (const { sync, store } of loadedDocuments.values()) { sync.collect(); store() } })
addEventListener("offline", () => { for (const { sync } of loadedDocuments.values()) sync.pause() })

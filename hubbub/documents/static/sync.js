// What is typed and not yet known to be kept: merged for a moment, sent one after the other, kept over a reload.
// Pure but for what it is given, so that it can be tested without a browser.

/** @typedef {import("../../web/static/types").Answer} Answer */
/** saved: all that was typed is on the server's disk. @typedef {"saved" | "saving" | "offline" | "refused"} State */
/** @typedef {{ flight: { update: string, key: string } | null, pending: string }} Kept in base64, as it is kept over a reload */

/** Answers after which the same thing may succeed by itself. */
const PASSING = new Set(["offline", "timeout", "busy", "not_kept"])
const GATHER = 30, AGAIN = 1500 // ms

/** @param {Uint8Array} bytes */
export function encode(bytes) {
  let text = ""
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

/** @param {string} text */
export function decode(text) { return Uint8Array.from(atob(text), letter => letter.charCodeAt(0)) }

/**
 * @param {{ ask: (payload: { update: string, key: string }) => Promise<Answer>, online: () => boolean, merge: (updates: Uint8Array[]) => Uint8Array,
 *           key: () => string, keep: (kept: Kept | null) => boolean, changed: (state: State, words: string) => void,
 *           later: (act: () => void, ms: number) => void }} parts `keep` says whether it could
 */
export function createSync({ ask, online, merge, key, keep, changed, later }) {
  /** @type {Uint8Array[]} */
  let pending = []
  /** @type {{ update: string, key: string } | null} */
  let flight = null
  let waiting = false, asking = false, isKept = true, state = /** @type {State} */ ("saved"), words = ""

  /** @param {State} next @param {string} [why] */
  function set(next, why = "") {
    if (state === next && words === why) return
    state = next
    words = why
    changed(state, words)
  }

  function remember() {
    isKept = keep(flight || pending.length ? { flight, pending: pending.length ? encode(merge(pending)) : "" } : null)
  }

  function settle() {
    if (state === "refused") return
    if (!flight && !pending.length) set("saved")
    else set(online() ? "saving" : "offline")
  }

  async function send() {
    if (!flight || asking || state === "refused") return
    asking = true
    const { error, code } = await ask(flight)
    asking = false
    if (error === undefined) flight = null
    else if (!PASSING.has(code)) return set("refused", error)
    remember()
    settle()
    if (error === undefined) flush()
    else if (online()) later(send, AGAIN)
  }

  function flush() {
    waiting = false
    if (flight || !pending.length || state === "refused") return
    flight = { update: encode(merge(pending)), key: key() }
    pending = []
    remember()
    send()
  }

  return {
    get state() { return state },
    /** Whether something typed would be lost if this page closed now. */
    get atRisk() { return Boolean(flight || pending.length) && !isKept },

    /** Something was typed here. @param {Uint8Array} update */
    typed(update) {
      pending.push(update)
      settle()
      remember()
      if (waiting || flight) return
      waiting = true
      later(flush, GATHER)
    },

    /** What an earlier page left: send it before anything else. @param {Kept} kept */
    adopt(kept) {
      if (kept.pending) pending.unshift(decode(kept.pending))
      if (kept.flight && !flight) flight = kept.flight
      else if (kept.flight) pending.unshift(decode(kept.flight.update))
      remember()
      settle()
      if (online()) this.resume()
    },

    /** The connection is back. */
    resume() {
      settle()
      if (flight) send()
      else flush()
    },

    /** The connection is gone. */
    pause() { settle() },

    /** Nothing more may be written here. @param {string} why */
    refuse(why) { set("refused", why) },
  }
}

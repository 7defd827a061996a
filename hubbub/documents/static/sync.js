// What is typed and not yet known to be kept: merged for a moment, sent one after the other, kept over a reload.
// Pure but for what it is given, so that it can be tested without a browser.

/** @typedef {import("../../web/static/types").Answer} Answer */
/** saved: all that was typed is on the server's disk. @typedef {"saved" | "saving" | "offline" | "refused"} State */
/** In base64, as it is kept over a reload. @typedef {{ flight: { update: string, key: string } | null, pending: string[] }} Kept */
/** Some of what was typed, together. @typedef {{ update: Uint8Array, text: string }} Batch */

/** Answers after which the same thing may succeed by itself. */
const PASSING = new Set(["offline", "timeout", "busy", "not_kept", "too_fast"])
const GATHER = 30, AGAIN = 1500 // ms
const BATCH = 32 * 1024 // bytes sent at once, unless one stroke makes more: an update has at most 256 KB, a long time offline has no end

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
  /** Since the last gathering. @type {Uint8Array[]} */
  let strokes = []
  /** @type {Batch[]} */
  let batches = []
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
    isKept = keep(flight || batches.length ? { flight, pending: batches.map(({ text }) => text) } : null)
  }

  /** Put the last strokes with what was typed before: each is merged into a batch of bounded size, never into all of it. */
  function gather() {
    waiting = false
    if (!strokes.length) return
    for (const stroke of strokes) {
      const last = batches[batches.length - 1], fits = last && last.update.length + stroke.length <= BATCH
      const update = fits ? merge([last.update, stroke]) : stroke
      batches.splice(fits ? -1 : batches.length, 1, { update, text: "" })
    }
    strokes = []
    for (const batch of batches) batch.text ||= encode(batch.update)
    remember()
  }

  const isEmpty = () => !flight && !batches.length && !strokes.length

  function settle() {
    if (state === "refused") return
    if (isEmpty()) set("saved")
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
    gather()
    if (flight || !batches.length || state === "refused") return
    const [first] = batches.splice(0, 1)
    flight = { update: first.text, key: key() }
    remember()
    send()
  }

  return {
    get state() { return state },
    /** Whether something typed would be lost if this page closed now. */
    get atRisk() { return !isEmpty() && !isKept },

    gather,

    /** All that was typed and is not acknowledged. */
    get unsaved() { return [...flight ? [decode(flight.update)] : [], ...batches.map(({ update }) => update), ...strokes] },

    /** Something was typed here. @param {Uint8Array} update */
    typed(update) {
      strokes.push(update)
      settle()
      if (waiting) return
      waiting = true
      later(flush, GATHER)
    },

    /** What an earlier page left: send it before anything else. @param {Kept} kept @returns {boolean} whether it is kept here now */
    adopt(kept) {
      const left = [...(kept.flight && flight ? [kept.flight.update] : []), ...kept.pending]
      flight ??= kept.flight
      batches.unshift(...left.map(text => ({ update: decode(text), text })))
      remember()
      settle()
      if (online()) this.resume()
      return isKept
    },

    /** Give up what was refused. */
    discard() {
      flight = null
      strokes = []
      batches = []
      remember()
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

// The queue of unsaved updates: merged for a moment, sent one after the other, stored until acknowledged. Pure, so
// that it can be tested without a browser.

/** @typedef {import("../../web/static/types").Answer} Answer */
/** saved: everything typed is on the server's disk. @typedef {"saved" | "saving" | "offline" | "refused"} State */
/** In base64, as stored. @typedef {{ flight: { update: string, key: string } | null, pending: string[], refused?: boolean }} Unsaved */
/** Several updates, merged. @typedef {{ update: Uint8Array, text: string }} Batch */

/** Error codes after which the same request may succeed later. */
const RETRYABLE = new Set(["offline", "timeout", "busy", "not_saved", "too_fast"])
const BATCH_DELAY = 30, RETRY_DELAY = 1500 // milliseconds
const MAX_BATCH = 32 * 1024 // bytes sent at once, unless one update is larger; the server accepts 256 KB, but an offline period has no limit

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
 *           key: () => string, keep: (unsaved: Unsaved | null) => boolean, changed: (state: State, words: string) => void,
 *           later: (act: () => void, ms: number) => void }} parts `keep` returns whether it could store
 */
export function createSync({ ask, online, merge, key, keep, changed, later }) {
  /** The updates since the last collection. @type {Uint8Array[]} */
  let updates = []
  /** @type {Batch[]} */
  let batches = []
  /** @type {{ update: string, key: string } | null} */
  let flight = null
  let waiting = false, sending = false, isStored = true, state = /** @type {State} */ ("saved"), words = ""

  /** @param {State} next @param {string} [why] */
  function set(next, why = "") {
    if (state === next && words === why) return
    state = next
    words = why
    changed(state, words)
  }

  function store() {
    const unsaved = { flight, pending: batches.map(({ text }) => text), ...(state === "refused" && { refused: true }) }
    isStored = keep(flight || batches.length ? unsaved : null)
  }

  /** Merge the last updates into batches of bounded size. */
  function collect() {
    waiting = false
    if (!updates.length) return
    for (const stroke of updates) {
      const last = batches[batches.length - 1], fits = last && last.update.length + stroke.length <= MAX_BATCH
      const update = fits ? merge([last.update, stroke]) : stroke
      batches.splice(fits ? -1 : batches.length, 1, { update, text: "" })
    }
    updates = []
    for (const batch of batches) batch.text ||= encode(batch.update)
    store()
  }

  const isEmpty = () => !flight && !batches.length && !updates.length

  function updateState() {
    if (state === "refused") return
    if (isEmpty()) set("saved")
    else set(online() ? "saving" : "offline")
  }

  async function send() {
    if (!flight || sending || state === "refused") return
    sending = true
    const { error, code } = await ask(flight)
    sending = false
    if (!error) flight = null
    else if (!RETRYABLE.has(code)) set("refused", error)
    store()
    updateState()
    if (!error) flush()
    else if (online()) later(send, RETRY_DELAY)
  }

  function flush() {
    collect()
    if (flight || !batches.length || state === "refused") return
    const [first] = batches.splice(0, 1)
    flight = { update: first.text, key: key() }
    store()
    send()
  }

  return {
    get state() { return state },
    /** Whether unsaved updates would be lost if this page closed now. */
    get atRisk() { return !isEmpty() && !isStored },

    collect,

    /** All updates that are not acknowledged. */
    get unsaved() { return [...flight ? [decode(flight.update)] : [], ...batches.map(({ update }) => update), ...updates] },

    /** Add an update typed here. @param {Uint8Array} update */
    add(update) {
      updates.push(update)
      updateState()
      if (waiting) return
      waiting = true
      later(flush, BATCH_DELAY)
    },

    /**
     * Add what an earlier page left, to be sent before anything else.
     * @param {Unsaved} unsaved @returns {boolean} whether it is stored here now
     */
    adopt(unsaved) {
      const left = [...(unsaved.flight && flight ? [unsaved.flight.update] : []), ...unsaved.pending]
      flight ??= unsaved.flight
      batches.unshift(...left.map(text => ({ update: decode(text), text })))
      store()
      updateState()
      if (online()) this.resume()
      return isStored
    },

    /** Discard refused updates. */
    discard() {
      flight = null
      updates = []
      batches = []
      store()
    },

    /** The connection is back. */
    resume() {
      updateState()
      if (flight) send()
      else flush()
    },

    /** The connection is lost. */
    pause() { updateState() },
  }
}

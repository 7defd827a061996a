// What was written and is not yet known to be kept: in order, under a key made once, sent again until answered.

/** @typedef {import("./types").Job} Job */
/** @typedef {import("./types").Answer} Answer */

/** Answers after which the same thing may succeed by itself. */
const PASSING = new Set(["offline", "timeout", "busy"])

/** 128 random bits; `crypto.randomUUID` is missing where the page came over plain http. */
export function makeKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("")
}

/**
 * @param {{ ask: (event: string, payload: object) => Promise<Answer>, online: () => boolean,
 *           changed: (jobs: Job[]) => void, later: (retry: () => void) => void }} parts
 */
export function createOutbox({ ask, online, changed, later }) {
  /** @type {Job[]} */
  let jobs = []
  let draining = false

  /** @param {Job[]} next */
  function keep(next) {
    jobs = next
    changed(jobs)
  }

  /** @param {string} key @param {Partial<Job>} what */
  function note(key, what) {
    keep(jobs.map(job => job.payload.key === key ? { ...job, ...what } : job))
  }

  /** @param {string} key @param {Answer} answer @returns {boolean} whether to go on with the next */
  function settle(key, answer) {
    if (answer.error === undefined) note(key, { state: "sent", seq: answer.ok })
    else if (PASSING.has(answer.code)) note(key, { state: "queued" })
    else note(key, { state: "failed", words: answer.error })
    return answer.error === undefined || !PASSING.has(answer.code)
  }

  async function drain() {
    if (draining) return
    draining = true
    for (let job; online() && (job = jobs.find(({ state }) => state === "queued"));) {
      note(job.payload.key, { state: "sending" })
      if (!settle(job.payload.key, await ask(job.event, job.payload))) {
        if (online()) later(drain)
        break
      }
    }
    draining = false
  }

  /** @param {string} key */
  function discard(key) {
    keep(jobs.filter(job => job.payload.key !== key))
  }

  return {
    get jobs() { return jobs },
    drain,
    discard,

    /**
     * Keep it and send it as soon as possible.
     * @param {string} event @param {{ channel: string, [field: string]: any }} payload
     * @param {any} [shown] what its row shows meanwhile
     */
    send(event, payload, shown) {
      keep([...jobs, { event, payload: { ...payload, key: makeKey() }, at: Date.now() / 1000, state: "queued", shown }])
      return drain()
    },

    /** Try a refused one again, under the same key. @param {string} key */
    retry(key) {
      note(key, { state: "queued", words: undefined })
      return drain()
    },

    /**
     * Forget what this channel shows by now.
     * @param {string} channel @param {Set<string>} keys shown @param {number} head
     */
    heard(channel, keys, head) {
      const rest = jobs.filter(({ payload, seq = Infinity }) => {
        return payload.channel !== channel || (!keys.has(payload.key) && seq > head)
      })
      if (rest.length < jobs.length) keep(rest)
    },
  }
}

// What was written and is not yet known to be kept: in order, under a key made once, sent again until answered.

/** @typedef {import("./types").Job} Job */
/** @typedef {import("./types").Answer} Answer */
/**
 * Where jobs outlive the page: `all` are those that no living page sends.
 * @typedef {{ put: (job: Job) => unknown, drop: (key: string) => unknown, all: () => Promise<Job[]> }} Shelf
 */

/** Answers after which the same thing may succeed by itself. */
const PASSING = new Set(["offline", "timeout", "busy", "too_fast", "not_kept"])
const FIRST = 500, LONGEST = 30_000 // milliseconds until it is tried again

/** @param {Job} one @param {Job} other */
const byTime = (one, other) => one.at - other.at

/**
 * The clock's milliseconds and 80 random bits, like a UUIDv7: keys of one hour are neighbours in the database's index.
 * `crypto.randomUUID` is missing where the page came over plain http.
 */
export function makeKey() {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(10)), byte => byte.toString(16).padStart(2, "0"))
  return Date.now().toString(16).padStart(12, "0") + random.join("")
}

/** @type {Shelf} */
const NOWHERE = { put() {}, drop() {}, all: async () => [] }

/**
 * @param {{ ask: (event: string, payload: object) => Promise<Answer>, online: () => boolean, changed: (jobs: Job[]) => void,
 *           later: (retry: () => void, milliseconds: number) => void, head?: (channel: string) => number, shelf?: Shelf }} parts
 */
export function createOutbox({ ask, online, changed, later, head = () => 0, shelf = NOWHERE }) {
  /** @type {Job[]} */
  let jobs = []
  let draining = false, loaded = false, tries = 0, last = 0

  /** @param {Job[]} next */
  function keep(next) {
    jobs = next
    changed(jobs)
  }

  /** @param {string} key @param {Partial<Job>} what */
  function note(key, what) {
    keep(jobs.map(job => job.payload.key === key ? { ...job, ...what } : job))
  }

  /** @param {string} key */
  function job(key) { return jobs.find(({ payload }) => payload.key === key) }

  /** @param {string} key */
  function discard(key) {
    keep(jobs.filter(({ payload }) => payload.key !== key))
    shelf.drop(key)
  }

  /** @param {string} key @param {Answer} answer @returns {boolean} whether to go on with the next */
  function settle(key, answer) {
    if (answer.error !== undefined && PASSING.has(answer.code)) {
      note(key, { state: "queued" })
      return false
    }
    tries = 0
    if (answer.error === undefined) {
      const channel = job(key)?.payload.channel ?? ""
      if (answer.ok <= head(channel)) discard(key)
      else note(key, { state: "sent", seq: answer.ok })
      shelf.drop(key)
    } else {
      note(key, { state: "failed", words: answer.error })
      const refused = job(key)
      if (refused) shelf.put(refused)
    }
    return true
  }

  /** Full jitter, so that those who were cut off together do not come back together. @param {number} [seconds] said by the server */
  function pause(seconds) {
    const most = Math.min(LONGEST, FIRST * 2 ** tries++)
    return seconds === undefined ? FIRST + Math.random() * most : seconds * 1000 + Math.random() * FIRST
  }

  async function drain() {
    if (draining) return
    draining = true
    for (let next; online() && (next = jobs.find(({ state }) => state === "queued"));) {
      note(next.payload.key, { state: "sending" })
      const answer = await ask(next.event, next.payload)
      if (!settle(next.payload.key, answer)) {
        if (online()) later(drain, pause(answer.retry_after))
        break
      }
    }
    draining = false
  }

  return {
    get jobs() { return jobs },
    drain,
    discard,

    /** Take up what earlier pages left, all of it before anything of this one, and what others leave later. */
    async load() {
      const left = (await shelf.all()).filter(({ payload }) => !job(payload.key))
      left.sort(byTime)
      if (left.length) keep(loaded ? [...left, ...jobs].sort(byTime) : [...left, ...jobs])
      loaded = true
      last = Math.max(last, ...left.map(({ at }) => at))
      return drain()
    },

    /**
     * Keep it and send it as soon as possible.
     * @param {string} event @param {{ channel: string, [field: string]: any }} payload
     * @param {any} [shown] what its row shows meanwhile
     */
    send(event, payload, shown) {
      last = Math.max(Date.now() / 1000, last + .001)
      /** @type {Job} */
      const made = { event, payload: { ...payload, key: makeKey() }, at: last, state: "queued", shown }
      keep([...jobs, made])
      shelf.put(made)
      return drain()
    },

    /** Try a refused one again, under the same key. @param {string} key */
    retry(key) {
      note(key, { state: "queued", words: undefined })
      const again = job(key)
      if (again) shelf.put(again)
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
      for (const { payload, state } of jobs) if (state !== "sent" && payload.channel === channel && keys.has(payload.key)) shelf.drop(payload.key)
      if (rest.length < jobs.length) keep(rest)
    },
  }
}

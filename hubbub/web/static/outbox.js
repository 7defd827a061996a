// Messages, actions and changes of my own state that the server has not confirmed: kept in order, each under one key, sent
// again until answered.

import { callEach, report } from "./guard.js"
import { now } from "./server-clock.js"

/** @typedef {import("./types").Job} Job */
/** @typedef {import("./types").Answer} Answer */
/**
 * Where jobs outlive the page: `all` returns those that no open page sends.
 * @typedef {{ put: (job: Job) => unknown, remove: (key: string) => unknown, all: () => Promise<Job[]> }} OutboxStorage
 */

/** Error codes after which the same request may succeed later. */
const RETRYABLE = new Set(["offline", "timeout", "busy", "too_fast", "not_saved"])
const FIRST_RETRY = 500, MAX_RETRY = 30_000 // milliseconds until a retry
const LONGEST_WAIT = 10 // seconds that a job waits before it is sent

/** @param {Job} one @param {Job} other */
const byTime = (one, other) => one.at - other.at

/**
 * Return a new idempotency key: the clock's milliseconds and 80 random bits, like a UUIDv7, so that keys made in one
 * hour are neighbours in the database's index. `crypto.randomUUID` is missing on plain HTTP.
 */
export function makeKey() {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(10)), byte => byte.toString(16).padStart(2, "0"))
  return Date.now().toString(16).padStart(12, "0") + random.join("")
}

/** @type {OutboxStorage} */
const NO_STORAGE = { put() {}, remove() {}, all: async () => [] }

/**
 * @param {{ request: (event: string, payload: object) => Promise<Answer>, isConnected: () => boolean, onChange: (jobs: Job[]) => void,
 *           retryLater: (retry: () => void, milliseconds: number) => void, head?: (channel: string) => number, storage?: OutboxStorage }} parts
 */
export function createOutbox({ request, isConnected, onChange, retryLater, head = () => 0, storage = NO_STORAGE }) {
  /** @type {Job[]} */
  let jobs = []
  let draining = false, loaded = false, tries = 0, last = 0, hasTimer = false
  /** Called with the answer to a change, by key. @type {Map<string, (answer: Answer) => void>} */
  const onAnswer = new Map()

  /** @param {Job[]} next */
  function setJobs(next) {
    jobs = next
    callEach("Change of the outbox", [onChange], jobs)
  }

  /** @param {string} key @param {Partial<Job>} changes */
  function update(key, changes) {
    setJobs(jobs.map(job => job.payload.key === key ? { ...job, ...changes } : job))
  }

  /** @param {string} key */
  function find(key) { return jobs.find(({ payload }) => payload.key === key) }

  /** @param {string} key */
  function discard(key) {
    setJobs(jobs.filter(({ payload }) => payload.key !== key))
    storage.remove(key)
  }

  /** @param {string} key @param {Answer} answer @returns {boolean} whether to send the next job */
  function handleAnswer(key, answer) {
    if (answer.error && RETRYABLE.has(answer.code)) {
      update(key, { state: "queued" })
      return false
    }
    tries = 0
    if (find(key)?.change) settle(key, answer)
    else if (!answer.error) {
      const channel = find(key)?.payload.channel ?? ""
      if (answer.ok <= head(channel)) discard(key)
      else update(key, { state: "sent", seq: answer.ok })
      storage.remove(key)
    } else {
      update(key, { state: "failed", words: answer.error })
      const job = find(key)
      if (job) storage.put(job)
    }
    return true
  }

  /** Forget a change that was answered, or replaced by a later one. @param {string} key @param {Answer} answer */
  function settle(key, answer) {
    discard(key)
    onAnswer.get(key)?.(answer)
    onAnswer.delete(key)
  }

  /**
   * Full jitter, so that clients that were disconnected together do not retry together.
   * @param {number} [seconds] requested by the server
   */
  function retryDelay(seconds) {
    const most = Math.min(MAX_RETRY, FIRST_RETRY * 2 ** tries++)
    return seconds === undefined ? FIRST_RETRY + Math.random() * most : seconds * 1000 + Math.random() * FIRST_RETRY
  }

  /** Queue the jobs whose time to be undone is over; one of another clock does not wait. */
  function release() {
    const waiting = jobs.filter(({ state }) => state === "waiting"), time = now()
    const later = waiting.filter(({ until = 0 }) => until > time && until <= time + LONGEST_WAIT)
    for (const job of waiting) if (!later.includes(job)) update(job.payload.key, { state: "queued" })
    if (!later.length || hasTimer) return
    hasTimer = true
    retryLater(() => { hasTimer = false; drain() }, (Math.min(...later.map(({ until = 0 }) => until)) - time) * 1000 + 10)
  }

  async function drain() {
    release()
    if (draining) return
    draining = true
    for (let next; isConnected() && (next = jobs.find(({ state }) => state === "queued"));) {
      update(next.payload.key, { state: "sending" })
      const { key, ...state } = next.payload
      const answer = await request(next.event, next.change ? state : next.payload)
      if (!handleAnswer(key, answer)) {
        if (isConnected()) retryLater(drain, retryDelay(answer.retry_after))
        break
      }
    }
    draining = false
  }

  /** Change a job that is not being sent. @param {string} key @param {Partial<Job>} changes */
  function change(key, changes) {
    update(key, changes)
    const job = find(key)
    if (job) storage.put(job)
    return drain()
  }

  return {
    get jobs() { return jobs },
    drain,
    discard,

    /** Load the jobs that other pages left. The first time, all of them go before the jobs of this page. */
    async load() {
      const stored = await storage.all().catch(error => { report("Loading the outbox", error); return [] })
      const left = stored.filter(({ payload }) => payload?.key && !find(payload.key))
      left.sort(byTime)
      if (left.length) setJobs(loaded ? [...left, ...jobs].sort(byTime) : [...left, ...jobs])
      loaded = true
      last = Math.max(last, ...left.map(({ at }) => at))
      return drain()
    },

    /**
     * Store a job and send it as soon as possible.
     * @param {string} event @param {{ channel: string, [field: string]: any }} payload
     * @param {any} [shown] what its row shows until it is sent @param {Job["uploads"]} [uploads] that it waits for
     * @param {number} [wait] seconds in which it can be taken back
     */
    send(event, payload, shown, uploads, wait = 0) {
      last = Math.max(now(), last + .001)
      /** @type {Job} */
      const job = { event, payload: { key: makeKey(), ...payload }, at: last, state: uploads ? "uploading" : wait ? "waiting" : "queued", shown, uploads, until: wait ? last + wait : undefined }
      setJobs([...jobs, job])
      storage.put(job)
      return drain()
    },

    /**
     * Store a change of my own state and send it as soon as possible. It replaces a waiting one of the same name; without
     * a name, none. Resolves with the answer, however late.
     * @param {string} event @param {Record<string, any>} payload @param {{ name?: string, shown?: any }} [more] with what shows it
     * @returns {Promise<Answer>}
     */
    sendChange(event, payload, { name = "", shown } = {}) {
      for (const job of jobs) if (name && job.change === name && job.state === "queued") settle(job.payload.key, { ok: null })
      last = Math.max(now(), last + .001)
      const key = makeKey()
      /** @type {any} */
      const job = { event, payload: { ...payload, key }, at: last, state: "queued", change: name || key, shown }
      return new Promise(resolve => {
        onAnswer.set(key, resolve)
        setJobs([...jobs, job])
        storage.put(job)
        drain()
      })
    },

    /** Take back a job that still waits, and return it; undefined if it is too late. @param {string} key */
    takeBack(key) {
      const job = find(key)
      if (job?.state !== "waiting") return undefined
      discard(key)
      return job
    },

    /** Retry a refused job under the same key. @param {string} key */
    retry(key) { return change(key, { state: find(key)?.uploads ? "uploading" : "queued", words: undefined }) },

    change,

    /**
     * Remove the jobs of which the channel shows the result.
     * @param {string} channel @param {Set<string>} keys of the entries shown @param {number} head
     */
    confirm(channel, keys, head) {
      const rest = jobs.filter(({ payload, seq = Infinity }) => {
        return payload.channel !== channel || (!keys.has(payload.key) && seq > head)
      })
      for (const { payload, state } of jobs) if (state !== "sent" && payload.channel === channel && keys.has(payload.key)) storage.remove(payload.key)
      if (rest.length < jobs.length) setJobs(rest)
    },
  }
}

// The one Socket.IO connection: events are applied once per frame, requests are answered, and the state is a signal.
import { assets, protocol, url } from "./boot.js"
import { callEach, report } from "./guard.js"
import { t, translated } from "./strings.js"
import { batch, signal } from "./vendor/preact.js"

/** @typedef {import("./types").Answer} Answer */

/** @type {import("./vendor/preact.js").Signal<"connecting" | "online" | "offline" | "refused">} */
export const connectionState = signal("connecting")

/** Why the server refused the connection, in its words. */
export const refusalReason = signal("")

/** Whether the server was updated since this page was loaded. */
export const updated = signal(false)

const MIN_RECONNECT = 500, MAX_RECONNECT = 30_000 // milliseconds until the next attempt
const ANSWER_TIMEOUT = 10_000, CHECK_TIMEOUT = 4000 // milliseconds until a missing answer counts as a timeout
/** The Socket.IO client is loaded while the first rows are drawn. @type {import("./vendor/socketio.js").Socket | null} */
let socket = null
/** What the server asks when we connect. @type {object} */
let auth = {}
const STALE_AFTER = 10_000 // milliseconds in the background after which the connection may be lost without our noticing

/** @type {Array<(event: string, payload: any) => void>} */
const eventListeners = []
/** @type {Array<() => void>} */
const connectHooks = []
/** @type {(forgotten: boolean) => Promise<boolean>} */
let signIn = async () => true
/** @type {Array<() => void>} */
const wakeHooks = []
/** @type {Array<() => unknown>} */
const signOutHooks = []
let signInAttempts = 0
/** For how many seconds the server asked us to stay disconnected. */
let closedForSeconds = 0
/** Counts the events that arrived from the server. */
let eventsReceived = 0

/**
 * Call the listener with every event from the server, in order.
 * @param {(event: string, payload: any) => void} listener
 */
export function onEvent(listener) { eventListeners.push(listener) }

/** Run this at every connect and reconnect. @param {() => void} hook */
export function onConnect(hook) { connectHooks.push(hook) }

/**
 * Run this when the page is visible again after a while, because the connection may have been lost meanwhile.
 * @param {() => void} hook
 */
export function onWake(hook) { wakeHooks.push(hook) }

/** Run this before the user signs out. @param {() => unknown} hook */
export function beforeSignOut(hook) { signOutHooks.push(hook) }

/** Wait for everything registered with `beforeSignOut`. */
export async function runSignOutHooks() {
  await Promise.all(signOutHooks.map(async hook => hook()).map(done => done.catch(error => report("Signing out", error))))
}

/** Close this connection, which no longer works, and open another. */
export function reconnect() { if (socket?.connected || connectionState.value === "offline") socket?.disconnect().connect() }

/** Check whether the connection still works; reconnect if not. */
export async function checkConnection() {
  const before = eventsReceived
  const { code } = await request("people", { ids: [] }, CHECK_TIMEOUT)
  if (code === "timeout" && eventsReceived === before) reconnect()
}

/**
 * Connect as this person; the server refuses the connection if the cookie belongs to someone else.
 * @param {number} person
 */
export function setPerson(person) { auth = { person, assets, protocol } }

/**
 * Set how a visitor without an account signs in before connecting; false means that the server does not allow it.
 * @param {typeof signIn} how
 */
export function signInWith(how) { signIn = how }

/**
 * Send a request to the server. A lost connection or a timeout is returned as an error, too.
 * @param {string} event @param {object} payload @param {number} [milliseconds] until it times out @returns {Promise<Answer>}
 */
export async function request(event, payload, milliseconds = ANSWER_TIMEOUT) {
  if (!socket?.connected) return { error: t("web.no.answer"), code: "offline" }
  try {
    return translated(await socket.timeout(milliseconds).emitWithAck(event, payload))
  } catch {
    return { error: t("web.no.answer"), code: "timeout" }
  }
}

/** Send an event that needs no answer; it is lost while disconnected. @param {string} event @param {object} payload */
export function emit(event, payload) { if (socket?.connected) socket.emit(event, payload) }

/** Whether a request can be sent now. */
export function isConnected() { return Boolean(socket?.connected) }

/** Sign in if necessary, then connect and stay connected. */
export async function connect() {
  const created = createSocket()
  created.catch(() => {}) // below, unless the sign-in has failed, too
  try {
    if (await signIn(signInAttempts > 0)) (await created).connect()
    else connectionState.value = "refused"
  } catch {
    connectionState.value = "offline"
    setTimeout(connect, 3000)
  }
}

/** @type {Array<[string, any]>} */
let queuedEvents = []

function flush() {
  const events = queuedEvents
  queuedEvents = []
  batch(() => events.forEach(([event, payload]) => callEach(`Event ${event}`, eventListeners, event, payload)))
}

/** Load the Socket.IO client, and create the connection, once. */
async function createSocket() {
  const { io } = await import("./vendor/socketio.js")
  if (socket) return socket
  const created = socket = io("/live", {
    path: url("/socket.io"), autoConnect: false, transports: ["websocket", "polling"], tryAllTransports: true,
    auth: (/** @type {(auth: object) => void} */ give) => give(auth),
    reconnectionDelay: MIN_RECONNECT, reconnectionDelayMax: MAX_RECONNECT, randomizationFactor: 1, timeout: ANSWER_TIMEOUT,
  })
  created.onAny((event, payload) => {
    eventsReceived++
    if (queuedEvents.push([event, payload]) > 1) return
    if (!document.hidden) requestAnimationFrame(flush)
    setTimeout(flush, 100) // a page in the background may get no animation frame for hours
  })

  created.on("connect", () => {
    signInAttempts = 0
    closedForSeconds = 0
    batch(() => {
      connectionState.value = "online"
      callEach("After connecting", connectHooks)
    })
  })

  created.on("new_version", () => { updated.value = true })

  created.on("shutdown", ({ retry_after }) => { closedForSeconds = retry_after })

  created.on("disconnect", reason => {
    connectionState.value = "offline"
    if (closedForSeconds) {
      created.disconnect()
      setTimeout(() => created.connect(), closedForSeconds * 1000)
    } else if (reason === "io server disconnect") setTimeout(() => created.connect(), 1000)
  })

  created.on("connect_error", problem => {
    connectionState.value = "offline"
    const { code, error, retry_after = 3 } = translated(/** @type {any} */ (problem).data ?? {})
    if (created.active || !code) return
    if (code === "conflict") return location.reload() // another tab of this browser has signed in as someone else
    if (code === "outdated") updated.value = true
    else if (code === "sign_in" && signInAttempts++ < 3) setTimeout(connect, 500 * signInAttempts)
    else if (code === "denied" || code === "sign_in") { connectionState.value = "refused"; refusalReason.value = error }
    else setTimeout(() => created.connect(), retry_after * 1000 * (1 + Math.random()))
  })

  // Full jitter, so that clients that were disconnected together reconnect one by one.
  created.io.on("reconnect_attempt", () => { created.io.reconnectionDelayMax(MIN_RECONNECT + Math.random() * (MAX_RECONNECT - MIN_RECONNECT)) })
  return created
}

let hiddenSince = 0

function onVisibilityChange() {
  if (document.hidden) { hiddenSince = Date.now(); return }
  flush()
  if (connectionState.value === "offline" || Date.now() - hiddenSince > STALE_AFTER) recover()
}

/** Check a connection that may be lost, and request what may have been missed. */
function recover() {
  if (connectionState.value === "offline") return reconnect()
  checkConnection()
  callEach("After waking up", wakeHooks)
}

addEventListener("online", recover)
addEventListener("pageshow", ({ persisted }) => { if (persisted) reconnect() })
document.addEventListener("visibilitychange", onVisibilityChange)

// The one Socket.IO connection: what arrives, applied once a frame; what is asked, answered; and how the connection is.
import { batch, signal } from "./vendor/preact.js"
import { io } from "./vendor/socketio.js"

/** @typedef {import("./types").Answer} Answer */

/** @type {import("./vendor/preact.js").Signal<"connecting" | "online" | "offline" | "refused">} */
export const state = signal("connecting")

/** Why the server turned us away, in its words. */
export const refusal = signal("")

const LEAST = 500, MOST = 30_000 // milliseconds until the next try
const PATIENCE = 10_000, CHECK = 4000 // milliseconds until silence is an answer
const socket = io("/live", {
  autoConnect: false, transports: ["websocket", "polling"], tryAllTransports: true,
  reconnectionDelay: LEAST, reconnectionDelayMax: MOST, randomizationFactor: 1, timeout: PATIENCE,
})
const ASLEEP = 10_000 // milliseconds out of sight after which the connection may be gone without our having noticed

/** @type {Array<(event: string, payload: any) => void>} */
const listeners = []
/** @type {Array<() => void>} */
const greeters = []
/** @type {(forgotten: boolean) => Promise<boolean>} */
let introduce = async () => true
/** @type {Array<() => void>} */
const wakers = []
/** @type {Array<() => unknown>} */
const leavers = []
let introductions = 0
/** How long the server wants us to stay away, in seconds. */
let away = 0
/** Counts what came from the server. */
let heard = 0

/** Have every event from the server, in order. @param {(event: string, payload: any) => void} listener */
export function listen(listener) { listeners.push(listener) }

/** Have something done at every connect and reconnect. @param {() => void} greeter */
export function greet(greeter) { greeters.push(greeter) }

/** Have something done when the page is looked at again after a while: what is connected may be so no more. @param {() => void} waker */
export function awake(waker) { wakers.push(waker) }

/** Have something done before somebody signs out. @param {() => unknown} act */
export function leaving(act) { leavers.push(act) }

/** Let everything be done that is to be done before. */
export async function leave() { await Promise.all(leavers.map(act => act())) }

/** Begin the connection anew: nothing comes through this one. */
export function renew() { if (socket.connected || state.value === "offline") socket.disconnect().connect() }

/** Whether anything still comes through; if not, begin anew. */
export async function check() {
  const before = heard
  const { code } = await ask("people", { ids: [] }, CHECK)
  if (code === "timeout" && heard === before) renew()
}

/** Be this person; a connection is never anybody else's. @param {number} person */
export function belong(person) { socket.auth = { person } }

/** Say how a stranger becomes somebody before connecting; false means that it may not. @param {typeof introduce} how */
export function before(how) { introduce = how }

/**
 * Ask the server; a lost connection or silence is an answer too.
 * @param {string} event @param {object} payload @param {number} [milliseconds] until it is silence @returns {Promise<Answer>}
 */
export async function ask(event, payload, milliseconds = PATIENCE) {
  if (!socket.connected) return { error: "not connected", code: "offline" }
  try {
    return await socket.timeout(milliseconds).emitWithAck(event, payload)
  } catch {
    return { error: "no answer", code: "timeout" }
  }
}

/** Say something that wants no answer; lost when not connected. @param {string} event @param {object} payload */
export function tell(event, payload) { if (socket.connected) socket.emit(event, payload) }

/** Whether a question could be asked now. */
export function online() { return socket.connected }

/** Become somebody if need be, then connect and stay connected. */
export async function start() {
  try {
    if (await introduce(introductions > 0)) socket.connect()
    else state.value = "refused"
  } catch {
    state.value = "offline"
    setTimeout(start, 3000)
  }
}

/** @type {Array<[string, any]>} */
let waiting = []

function flush() {
  const events = waiting
  waiting = []
  batch(() => events.forEach(([event, payload]) => listeners.forEach(listener => listener(event, payload))))
}

socket.onAny((event, payload) => {
  heard++
  if (waiting.push([event, payload]) > 1) return
  if (!document.hidden) requestAnimationFrame(flush)
  setTimeout(flush, 100) // a page that is put away, or covered, before its next frame may have none for hours
})

socket.on("connect", () => {
  introductions = 0
  away = 0
  state.value = "online"
  greeters.forEach(greeter => greeter())
})

socket.on("bye", ({ after }) => { away = after })

socket.on("disconnect", reason => {
  state.value = "offline"
  if (away) {
    socket.disconnect()
    setTimeout(() => socket.connect(), away * 1000)
  } else if (reason === "io server disconnect") setTimeout(() => socket.connect(), 1000)
})

socket.on("connect_error", problem => {
  state.value = "offline"
  const { code, error, retry_after = 3 } = /** @type {any} */ (problem).data ?? {}
  if (socket.active || !code) return
  if (code === "taken") return location.reload() // another tab of this browser belongs to somebody else now
  if (code === "sign_in" && introductions++ < 3) setTimeout(start, 500 * introductions)
  else if (code === "denied" || code === "sign_in") { state.value = "refused"; refusal.value = error }
  else setTimeout(() => socket.connect(), retry_after * 1000 * (1 + Math.random()))
})

/** Full jitter to the end: those who were cut off together come back one by one. */
socket.io.on("reconnect_attempt", () => { socket.io.reconnectionDelayMax(LEAST + Math.random() * (MOST - LEAST)) })

let hidden = 0

function look() {
  if (document.hidden) { hidden = Date.now(); return }
  flush()
  if (state.value === "offline" || Date.now() - hidden > ASLEEP) wake()
}

/** What is connected may be so no more; and what was said meanwhile may be missing. */
function wake() {
  if (state.value === "offline") return renew()
  check()
  wakers.forEach(waker => waker())
}

addEventListener("online", wake)
addEventListener("pageshow", ({ persisted }) => { if (persisted) renew() })
document.addEventListener("visibilitychange", look)

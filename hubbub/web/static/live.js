// The one Socket.IO connection: what arrives, applied once a frame; what is asked, answered; and how the connection is.
import { batch, signal } from "./vendor/preact.js"
import { io } from "./vendor/socketio.js"

/** @typedef {import("./types").Answer} Answer */

/** @type {import("./vendor/preact.js").Signal<"connecting" | "online" | "offline" | "refused">} */
export const state = signal("connecting")

/** Why the server turned us away, in its words. */
export const refusal = signal("")

const socket = io("/live", {
  autoConnect: false, transports: ["websocket", "polling"], tryAllTransports: true,
  reconnectionDelay: 500, reconnectionDelayMax: 30_000, randomizationFactor: 1, timeout: 10_000,
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
let introductions = 0
/** How long the server wants us to stay away, in seconds. */
let away = 0

/** Have every event from the server, in order. @param {(event: string, payload: any) => void} listener */
export function listen(listener) { listeners.push(listener) }

/** Have something done at every connect and reconnect. @param {() => void} greeter */
export function greet(greeter) { greeters.push(greeter) }

/** Have something done when the page is looked at again after a while: what is connected may be so no more. @param {() => void} waker */
export function wake(waker) { wakers.push(waker) }

/** Begin the connection anew: nothing comes through this one. */
export function renew() { if (socket.connected || state.value === "offline") socket.disconnect().connect() }

/** Say how a stranger becomes somebody before connecting; false means that it may not. @param {typeof introduce} how */
export function before(how) { introduce = how }

/**
 * Ask the server; a lost connection or a silence of ten seconds is an answer too.
 * @param {string} event @param {object} payload @returns {Promise<Answer>}
 */
export async function ask(event, payload) {
  if (!socket.connected) return { error: "not connected", code: "offline" }
  try {
    return await socket.timeout(10000).emitWithAck(event, payload)
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
  if (waiting.push([event, payload]) > 1) return
  if (document.hidden) setTimeout(flush, 100)
  else requestAnimationFrame(flush)
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
  const { code, error } = /** @type {any} */ (problem).data ?? {}
  if (socket.active || !code) return
  if (code === "sign_in" && introductions++ < 3) setTimeout(start, 500 * introductions)
  else if (code === "denied" || code === "sign_in") { state.value = "refused"; refusal.value = error }
  else setTimeout(() => socket.connect(), 3000)
})

let hidden = 0

function look() {
  if (document.hidden) { hidden = Date.now(); return }
  flush()
  if (state.value === "offline") renew()
  else if (Date.now() - hidden > ASLEEP) wakers.forEach(waker => waker())
}

addEventListener("online", () => { if (state.value === "offline") renew() })
addEventListener("pageshow", ({ persisted }) => { if (persisted) renew() })
document.addEventListener("visibilitychange", look)

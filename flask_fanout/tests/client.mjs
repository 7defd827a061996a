/** The JavaScript client against transport_app.py: `node client.mjs URL TRANSPORT[,TRANSPORT]`; prints the failed checks. */

import { io } from "socket.io-client"

const [url, way] = process.argv.slice(2)
const transports = way.split(",")
const failures = []

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))

async function until(condition, milliseconds = 8000) {
  const deadline = Date.now() + milliseconds
  while (!(await condition()) && Date.now() < deadline) await pause(5)
  return condition()
}

function check(name, holds, details) {
  if (!holds) failures.push(`${name}: ${JSON.stringify(details)}`)
}

function join(options = {}, namespace = "") {
  const socket = io(url + namespace, { transports, reconnection: false, forceNew: true, ...options })
  const person = { socket, received: {}, gone: null, ticks: [] }
  socket.onAny((event, ...data) => (person.received[event] ??= []).push(data[0]))
  socket.on("question", (data, answer) => answer(data, "pong"))
  socket.on("tick", ({ i }, answer) => { person.ticks.push(i); answer?.() })
  socket.on("disconnect", reason => { person.gone = reason })
  return new Promise((resolve, reject) => {
    socket.on("connect", () => resolve(person))
    socket.on("connect_error", reject)
  })
}

const state = async () => (await fetch(`${url}/state`)).json()
const transport = person => person.socket.io.engine.transport.name
const ask = (person, event, ...data) => person.socket.timeout(8000).emitWithAck(event, ...data)

async function conversation() {
  const [ann, bob] = [await join(), await join()]
  check("both use the last transport", await until(() => [ann, bob].every(each => transport(each) === transports.at(-1))))
  check("a welcome event", await until(() => ann.received.welcome?.[0].sid === ann.socket.id), ann.received)
  for (const data of [{ x: [1, "é", null] }, "é".repeat(70000), "", "😀"]) {
    check("an acknowledgement", JSON.stringify(await ask(ann, "echo", data)) === JSON.stringify(data), data.length)
  }
  check("bytes are echoed", Buffer.from(await ask(ann, "echo", Buffer.from([1, 2, 3]))).equals(Buffer.from([1, 2, 3])))
  ann.socket.emit("broadcast", { bytes: Buffer.alloc(100000, 7) })
  check("bytes reach others", await until(() => bob.received.message?.[0].bytes.length === 100000), bob.received.message?.length)
  ann.socket.emit("broadcast_others", 5)
  await until(() => ann.received.message?.length === 1)
  check("the sender is excluded", (await until(() => bob.received.message.length === 2)) && ann.received.message.length === 1)
  check("rooms", (await ask(ann, "join", "r1")).includes("r1"))
  bob.socket.emit("to", "r1", 9)
  check("an event to a room", (await until(() => ann.received.message.length === 2)) && bob.received.message.length === 2)
  ann.socket.emit("ask", "z")
  check("a callback of the server", await until(() => ann.received.answered?.[0]?.[1] === "pong"), ann.received.answered)
  check("a late acknowledgement", (await ask(ann, "later")) === "late")
  const guest = await join({}, "/n")
  check("another namespace", (await ask(guest, "ns", 1)) === "ok" && (await until(() => guest.received.message?.[0] === 1)))
  const refused = await join({ auth: { refuse: 1 } }).catch(error => error.message)
  check("a refusal", refused === "not today", refused)
  ann.socket.emit("disconnect_me")
  check("a disconnect by the server", await until(() => ann.gone === "io server disconnect"), ann.gone)
  bob.socket.disconnect()
  guest.socket.disconnect()
}

async function order() {
  const clients = [], last = (await state()).ticks + 240
  const ticking = fetch(`${url}/tick?hz=240&count=240`)
  for (let n = 0; n < 12; n++) {
    clients.push(await join())
    await until(() => clients.at(-1).ticks.length > 0)
  }
  await ticking
  await until(() => clients.every(person => person.ticks.at(-1) === last))
  for (const { ticks } of clients) {
    const gap = ticks.findIndex((tick, at) => at && tick !== ticks[at - 1] + 1)
    check("no tick is missing", gap === -1 && ticks.at(-1) === last, [gap, ticks.slice(Math.max(gap - 2, 0), gap + 2), last])
  }
  check("all clients are still connected", clients.every(person => person.socket.connected && transport(person) === transports.at(-1)))
  for (const person of clients) person.socket.disconnect()
}

await conversation()
if (process.argv[4] !== "short") await order()
check("no client remains", await until(async () => (await state()).connected === 0), await state())
console.log(failures.length ? failures.join("\n") : "ok")
process.exit(failures.length ? 1 : 0)

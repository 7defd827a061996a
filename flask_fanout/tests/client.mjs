/** The JavaScript client against transport_app.py: `node client.mjs URL TRANSPORT[,TRANSPORT]`; prints what failed. */

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

function check(story, holds, seen) {
  if (!holds) failures.push(`${story}: ${JSON.stringify(seen)}`)
}

function join(options = {}, namespace = "") {
  const socket = io(url + namespace, { transports, reconnection: false, forceNew: true, ...options })
  const person = { socket, heard: {}, gone: null, ticks: [] }
  socket.onAny((event, ...data) => (person.heard[event] ??= []).push(data[0]))
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
  check("both reach the last transport", await until(() => [ann, bob].every(each => transport(each) === transports.at(-1))))
  check("a welcome", await until(() => ann.heard.welcome?.[0].sid === ann.socket.id), ann.heard)
  for (const data of [{ x: [1, "é", null] }, "é".repeat(70000), "", "😀"]) {
    check("an acknowledgement", JSON.stringify(await ask(ann, "echo", data)) === JSON.stringify(data), data.length)
  }
  check("bytes come back", Buffer.from(await ask(ann, "echo", Buffer.from([1, 2, 3]))).equals(Buffer.from([1, 2, 3])))
  ann.socket.emit("say", { bytes: Buffer.alloc(100000, 7) })
  check("bytes reach others", await until(() => bob.heard.said?.[0].bytes.length === 100000), bob.heard.said?.length)
  ann.socket.emit("others", 5)
  await until(() => ann.heard.said?.length === 1)
  check("the speaker is left out", (await until(() => bob.heard.said.length === 2)) && ann.heard.said.length === 1)
  check("rooms", (await ask(ann, "join", "r1")).includes("r1"))
  bob.socket.emit("to", "r1", 9)
  check("what is said to a room", (await until(() => ann.heard.said.length === 2)) && bob.heard.said.length === 2)
  ann.socket.emit("ask", "z")
  check("the server asks", await until(() => ann.heard.answered?.[0]?.[1] === "pong"), ann.heard.answered)
  check("a late acknowledgement", (await ask(ann, "later")) === "late")
  const guest = await join({}, "/n")
  check("another namespace", (await ask(guest, "ns", 1)) === "ok" && (await until(() => guest.heard.said?.[0] === 1)))
  const refused = await join({ auth: { refuse: 1 } }).catch(error => error.message)
  check("a refusal", refused === "not today", refused)
  ann.socket.emit("kick")
  check("a kick", await until(() => ann.gone === "io server disconnect"), ann.gone)
  bob.socket.disconnect()
  guest.socket.disconnect()
}

async function order() {
  const people = [], last = (await state()).ticks + 240
  const ticking = fetch(`${url}/tick?hz=240&count=240`)
  for (let n = 0; n < 12; n++) {
    people.push(await join())
    await until(() => people.at(-1).ticks.length > 0)
  }
  await ticking
  await until(() => people.every(person => person.ticks.at(-1) === last))
  for (const { ticks } of people) {
    const hole = ticks.findIndex((tick, at) => at && tick !== ticks[at - 1] + 1)
    check("ticks without a hole, to the last", hole === -1 && ticks.at(-1) === last, [hole, ticks.slice(Math.max(hole - 2, 0), hole + 2), last])
  }
  check("all are still there", people.every(person => person.socket.connected && transport(person) === transports.at(-1)))
  for (const person of people) person.socket.disconnect()
}

await conversation()
if (process.argv[4] !== "short") await order()
check("nobody remains", await until(async () => (await state()).connected === 0), await state())
console.log(failures.length ? failures.join("\n") : "all well")
process.exit(failures.length ? 1 : 0)

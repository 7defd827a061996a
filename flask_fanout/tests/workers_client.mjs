/**
 * The JavaScript client with three workers of workers_app.py on one port and no proxy, while one of them is killed and
 * all are replaced: `node workers_client.mjs URL SUPERVISOR`; prints failed checks.
 */

import { io } from "socket.io-client"

const url = process.argv[2], supervisor = Number(process.argv[3])
const failures = []
const EACH = 12 // clients that only poll, and as many that upgrade

async function until(condition, milliseconds = 20_000) {
  const deadline = Date.now() + milliseconds
  let value
  while (!(value = await condition()) && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 5))
  return value
}

function check(name, holds, details) {
  if (!holds) failures.push(`${name}: ${JSON.stringify(details)}`)
}

function join(transports) {
  const socket = io(url, { transports, forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 100 })
  const person = { socket, messages: [], errors: [], gone: [] }
  socket.on("message", data => person.messages.push(data))
  socket.on("disconnect", reason => person.gone.push(reason))
  socket.on("connect_error", error => person.errors.push(error.message))
  return person
}

const ask = (person, event, ...data) => person.socket.timeout(20_000).emitWithAck(event, ...data)
const transport = person => person.socket.io.engine.transport.name
const homesNow = () => Promise.all(people.map(person => ask(person, "pid"))).catch(() => null) // null: one has to reconnect
const allConnected = () => people.every(({ socket }) => socket.connected)

async function workers() {
  const pids = new Set()
  for (let number = 0; number < 30; number++) {
    const response = await fetch(`${url}/pid`, { headers: { connection: "close" } }).catch(() => null)
    if (response) pids.add(Number(await response.text()))
  }
  return pids
}

async function conversation(title) {
  await until(() => allConnected() && Promise.all(people.map(person => ask(person, "join", "all"))).catch(() => null))
  for (const person of people) person.messages.length = 0
  people.forEach((person, from) => {
    for (let number = 0; number < 3; number++) person.socket.emit("to", number % 2 ? "all" : null, [from, number])
  })
  await until(() => people.every(({ messages }) => messages.length >= 3 * people.length))
  const expected = people.flatMap((_, from) => [0, 1, 2].map(number => [from, number]))
  for (const { messages } of people) {
    const inOrder = people.map((_, from) => messages.filter(([sender]) => sender === from)).flat()
    check(`${title}: each event arrives once, those of one sender in order`,
      JSON.stringify(inOrder) === JSON.stringify(expected), messages)
  }
}

const polling = Array.from({ length: EACH }, () => join(["polling"]))
const upgrading = Array.from({ length: EACH }, () => join(["polling", "websocket"]))
const people = [...polling, ...upgrading]
check("all sessions open", await until(allConnected))
check("all upgrades work", await until(() => upgrading.every(person => transport(person) === "websocket")))
let homes = await homesNow()
while (new Set(homes).size < 3) {
  people.push(join(["polling"]))
  check("another session opens", await until(allConnected))
  homes = await homesNow()
}
const text = "é".repeat(50_000)
const echoes = await Promise.all(people.map(person => ask(person, "echo", text)))
check("long requests are handed over", echoes.every(echo => echo === text))
await conversation("three workers")
check("no session failed", people.every(({ errors, gone }) => !errors.length && !gone.length), people.map(({ errors }) => errors))

const killedAt = Date.now()
process.kill(homes[0], "SIGKILL")
await until(async () => { const pids = await workers(); return pids.size === 3 && !pids.has(homes[0]) })
const replacedAfter = Date.now() - killedAt
await conversation("after a kill")
const disconnected = people.map(({ gone }) => gone.length > 0), isOfKilled = homes.map(home => home === homes[0])
check("the clients of the killed worker reconnected", isOfKilled.every((is, at) => disconnected[at] || !is), disconnected)
// a poll that the killed worker was about to hand over is lost with it
check("no other WebSocket was closed", upgrading.every((_, at) => isOfKilled[EACH + at] || !disconnected[EACH + at]), disconnected)

const before = await workers()
process.kill(supervisor, "SIGHUP")
await until(async () => { const pids = await workers(); return pids.size === 3 && ![...pids].some(pid => before.has(pid)) })
await until(async () => allConnected() && (await homesNow())?.every(home => !before.has(home)))
await conversation("after a reload")
if (process.env.FANOUT_FIGURES) console.error(`replaced after ${replacedAfter} ms`)
console.log(failures.length ? failures.join("\n") : "ok")
process.exit(failures.length ? 1 : 0)

/** The JavaScript client with two processes of cluster_app.py: `node cluster_client.mjs URL URL`; prints failed checks. */

import { io } from "socket.io-client"

const urls = process.argv.slice(2)
const failures = []

async function until(condition, milliseconds = 8000) {
  const deadline = Date.now() + milliseconds
  while (!condition() && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 5))
  return condition()
}

function check(name, holds, details) {
  if (!holds) failures.push(`${name}: ${JSON.stringify(details)}`)
}

function join(url, transports) {
  const socket = io(url, { transports, reconnection: false, forceNew: true })
  const person = { socket, messages: [], answers: [], gone: null }
  socket.on("message", (...data) => person.messages.push(data))
  socket.on("answered", data => person.answers.push(data))
  socket.on("question", (data, answer) => answer(data, Buffer.from([1, 2])))
  socket.on("disconnect", reason => { person.gone = reason })
  return new Promise((resolve, reject) => {
    socket.on("connect", () => resolve(person))
    socket.on("connect_error", reject)
  })
}

const ann = await join(urls[0], ["websocket"]), bob = await join(urls[1], ["polling", "websocket"])
await bob.socket.emitWithAck("join", "kitchen")
ann.socket.emit("to", "kitchen", { bytes: Buffer.from([7, 0]), text: "é" })
check("an event to a room", await until(() => bob.messages[0]?.[0].bytes.equals(Buffer.from([7, 0]))), bob.messages)
ann.socket.emit("to", bob.socket.id, "psst")
check("an event to a client", await until(() => bob.messages[1]?.[0] === "psst"), bob.messages)
ann.socket.emit("ask", bob.socket.id, "z")
check("a callback", await until(() => ann.answers[0]?.[0] === "z" && ann.answers[0][1].equals(Buffer.from([1, 2]))), ann.answers)
const present = await ann.socket.emitWithAck("present", "kitchen")
check("presence", present.length === 1 && present[0] === bob.socket.id, present)
ann.socket.emit("disconnect_other", bob.socket.id)
check("a disconnect by the server", await until(() => bob.gone === "io server disconnect"), bob.gone)
check("nothing else arrived", ann.messages.length === 0 && bob.messages.length === 2, [ann.messages, bob.messages])
console.log(failures.length ? failures.join("\n") : "ok")
process.exit(failures.length ? 1 : 0)

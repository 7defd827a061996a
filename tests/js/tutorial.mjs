/** The tutorial's contract with the JavaScript client: `node tests/js/tutorial.mjs URL TRANSPORT[,TRANSPORT]…`; prints a line of JSON for each way. */

import { io } from "socket.io-client"

const [url, ...ways] = process.argv.slice(2)

async function until(condition) {
  for (let n = 0; n < 1000 && !condition(); n++) await new Promise(resolve => setTimeout(resolve, 5))
  if (!condition()) throw new Error(`the condition was not met: ${condition}`)
}

function connect(transports) {
  const socket = io(url, { transports, reconnection: false, forceNew: true })
  const received = [], answers = []
  socket.on("message", text => received.push(text))
  socket.on("custom_response", answer => answers.push(answer))
  return { socket, received, answers }
}

for (const way of ways) {
  const transports = way.split(","), ann = connect(transports), bob = connect(transports)
  await until(() => ann.received.length === 1 && bob.received.length === 1)
  await until(() => [ann, bob].every(({ socket }) => socket.io.engine.transport.name === transports.at(-1)))

  const seqs = []
  for (const text of ["hello", "ünï 🎉"]) seqs.push(await ann.socket.timeout(5000).emitWithAck("message", text))
  await until(() => ann.received.length === 3 && bob.received.length === 3)

  bob.socket.emit("custom_event", { a: [1, null] })
  await until(() => bob.answers.length === 1)
  const refused = await bob.socket.timeout(5000).emitWithAck("message", 5)

  console.log(JSON.stringify({ way, seqs, ann: ann.received, bob: bob.received, answer: bob.answers[0].data, refused }))
  ann.socket.disconnect()
  bob.socket.disconnect()
}

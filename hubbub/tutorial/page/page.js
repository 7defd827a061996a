import { io } from "./socketio.js"

const socket = io({ path: new URL("../socket.io", import.meta.url).pathname })
const text = document.querySelector("#text")

function show(line) {
  const item = document.createElement("li")
  item.textContent = line
  document.querySelector("#messages").append(item)
}

socket.on("message", show)
socket.on("custom_response", answer => show(`${answer.online} online; you sent ${JSON.stringify(answer.data)}`))
socket.on("refused", answer => show(`Refused: ${answer.error}`))
socket.on("connect_error", error => show(`Not connected: ${error.message}`))

document.querySelector("#send").addEventListener("submit", event => {
  event.preventDefault()
  socket.send(text.value)
  text.value = ""
})
document.querySelector("#custom").addEventListener("click", () => socket.emit("custom_event", { text: text.value }))

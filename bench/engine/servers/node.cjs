// The tutorial's application on Node's Socket.IO:  node node.cjs PORT [FILE]
// With FILE each message is committed to SQLite (better-sqlite3, synchronous=FULL) before it is broadcast.
const { Server } = require("socket.io")

const [port, file] = process.argv.slice(2)
let keep = () => {}
if (file) {
  const db = require("better-sqlite3")(file)
  db.pragma("journal_mode = wal")
  db.pragma("synchronous = full")
  db.exec("create table if not exists entry (seq integer primary key autoincrement, text text not null)")
  const insert = db.prepare("insert into entry (text) values (?)")
  keep = (text) => insert.run(text)
}
const io = new Server({ perMessageDeflate: false, serveClient: false })
io.on("connection", (socket) => {
  socket.on("message", (text, acknowledge) => {
    keep(text)
    io.emit("message", text)
    if (acknowledge) acknowledge(true)
  })
  socket.on("nothing", (acknowledge) => acknowledge(true))
})
io.listen(+port)

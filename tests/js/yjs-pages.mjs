// Three pages with the real Yjs, typing at random while offline and online; prints for each seed what each page sent
// and the text that all have in the end.
import * as Y from "yjs"

const words = ["a", "é", "😀", "line\n", "wörd 🍵 "]
const chars = s => [...s]

function run(first) {
  let seed = first
  const random = n => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n }
  const docs = [0, 1, 2].map(() => new Y.Doc())
  const queues = docs.map(() => [])
  const log = []
  docs.forEach((d, i) => d.on("update", (u, o) => { if (o !== "net") queues[i].push(u) }))
  const seen = [0, 0, 0]
  for (let step = 0; step < 400; step++) {
    const i = random(3), d = docs[i], t = d.getText("text")
    switch (random(6)) {
      case 0: case 1: case 2: { const c = chars(t.toString()); const at = random(c.length + 1); t.insert(c.slice(0, at).join("").length, words[random(5)]); break }
      case 3: { const c = chars(t.toString()); if (c.length) { const at = random(c.length), n = 1 + random(Math.min(4, c.length - at)); t.delete(c.slice(0, at).join("").length, c.slice(at, at + n).join("").length) } break }
      case 4: if (queues[i].length) { const q = queues[i].splice(0); log.push([i, q.length > 1 ? Y.mergeUpdates(q) : q[0]]) } break
      case 5: for (; seen[i] < log.length; seen[i]++) if (log[seen[i]][0] !== i) Y.applyUpdate(d, log[seen[i]][1], "net"); break
    }
    if (step % 97 === 96) { // send everything, as after a long time offline
      log.push([i, Y.encodeStateAsUpdate(d)]); queues[i].splice(0) }
  }
  docs.forEach((d, i) => { if (queues[i].length) log.push([i, Y.mergeUpdates(queues[i])]) })
  docs.forEach((d, i) => { for (const [, u] of log) Y.applyUpdate(d, u, "net") })
  const text = docs[0].getText("text").toString()
  if (docs.some(d => d.getText("text").toString() !== text)) throw Error("the pages differ")
  return { seed: first, text, log: log.map(([i, u]) => [i, Buffer.from(u).toString("base64")]) }
}

console.log(JSON.stringify(process.argv.slice(2).map(one => run(+one))))

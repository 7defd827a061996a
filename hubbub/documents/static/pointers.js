// Where the others write in a document, and saying where I do: signals, gone after half a minute of silence.
import * as connection from "../../web/static/connection.js"
import { callEach } from "../../web/static/guard.js"

/** @typedef {{ person: number, client: number, anchor: any, head: any, said: number }} Pointer */

/** Those of the documents that are shown. @type {Set<{ greet: () => void, hear: (event: string, payload: any) => void }>} */
const shown = new Set()
connection.onConnect(() => callEach("Pointers", [...shown].map(({ greet }) => greet)))
connection.onEvent((event, payload) => callEach("Pointers", [...shown].map(({ hear }) => hear), event, payload))

const OFTEN = 100, BEAT = 15_000, GONE = 30_000 // ms

/** @param {string} channel @param {number} client @param {() => void} changed */
export function createPointers(channel, client, changed) {
  /** @type {Map<number, Pointer>} */
  const others = new Map()
  let mine = /** @type {{ anchor: any, head: any }} */ ({ anchor: null, head: null }), waiting = 0, isOver = false

  /** @param {any} said */
  function take({ gone, ...pointer }) {
    if (pointer.client === client) return
    if (gone) others.delete(pointer.client)
    else others.set(pointer.client, { ...pointer, said: Date.now() })
  }

  async function greet() {
    if (isOver) return
    const { ok } = await connection.request("pointer", { channel, client, ...mine })
    if (!ok || isOver) return
    others.clear()
    ok.forEach(take)
    changed()
  }

  function say() {
    waiting = 0
    connection.emit("pointer", { channel, client, ...mine })
  }

  /** @param {string} event @param {any} payload */
  function hear(event, payload) {
    if (isOver || event !== "pointer" || payload.channel !== channel) return
    take(payload.data)
    changed()
  }

  const beat = setInterval(() => {
    for (const [id, { said }] of others) if (Date.now() - said > GONE) others.delete(id)
    say()
    changed()
  }, BEAT)
  const own = { greet, hear }
  shown.add(own)
  if (connection.isConnected()) greet()

  return {
    others,
    /** @param {any} anchor @param {any} head */
    move(anchor, head) {
      mine = { anchor, head }
      waiting ||= /** @type {any} */ (setTimeout(say, OFTEN))
    },
    leave() {
      isOver = true
      shown.delete(own)
      clearInterval(beat)
      clearTimeout(waiting)
      connection.emit("pointer", { channel, client, gone: true })
    },
  }
}

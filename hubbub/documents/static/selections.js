// The selections of people in a document, as signals that expire after half a minute of silence.
import * as connection from "../../web/static/connection.js"
import { callEach } from "../../web/static/guard.js"

/** @typedef {{ person: number, client: number, anchor: any, head: any, seenAt: number }} Selection */

/**
 * The selections of the documents that are shown.
 * @type {Set<{ announce: () => void, onEvent: (event: string, payload: any) => void }>}
 */
const active = new Set()
connection.onConnect(() => callEach("Selections", [...active].map(({ announce }) => announce)))
connection.onEvent((event, payload) => callEach("Selections", [...active].map(({ onEvent }) => onEvent), event, payload))

const SEND_INTERVAL = 100, HEARTBEAT = 15_000, EXPIRES_AFTER = 30_000 // milliseconds

/** @param {string} channel @param {number} client @param {() => void} changed */
export function createSelections(channel, client, changed) {
  /** @type {Map<number, Selection>} */
  const others = new Map()
  let mine = /** @type {{ anchor: any, head: any }} */ ({ anchor: null, head: null }), waiting = 0, hasLeft = false

  /** @param {any} selection */
  function update({ removed, ...selection }) {
    if (selection.client === client) return
    if (removed) others.delete(selection.client)
    else others.set(selection.client, { ...selection, seenAt: Date.now() })
  }

  async function announce() {
    if (hasLeft) return
    const { ok } = await connection.request("selection", { channel, client, ...mine })
    if (!ok || hasLeft) return
    others.clear()
    ok.forEach(update)
    changed()
  }

  function send() {
    waiting = 0
    connection.emit("selection", { channel, client, ...mine })
  }

  /** @param {string} event @param {any} payload */
  function onEvent(event, payload) {
    if (hasLeft || event !== "selection" || payload.channel !== channel) return
    update(payload.data)
    changed()
  }

  const heartbeat = setInterval(() => {
    for (const [id, { seenAt: said }] of others) if (Date.now() - said > EXPIRES_AFTER) others.delete(id)
    send()
    changed()
  }, HEARTBEAT)
  const own = { announce, onEvent }
  active.add(own)
  if (connection.isConnected()) announce()

  return {
    others,
    /** @param {any} anchor @param {any} head */
    move(anchor, head) {
      mine = { anchor, head }
      waiting ||= /** @type {any} */ (setTimeout(send, SEND_INTERVAL))
    },
    leave() {
      hasLeft = true
      active.delete(own)
      clearInterval(heartbeat)
      clearTimeout(waiting)
      connection.emit("selection", { channel, client, removed: true })
    },
  }
}

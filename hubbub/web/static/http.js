// Requests over HTTP, answered like those over the connection: `ok`, or `error` with a code.
import { url } from "./boot.js"
import { noteDate } from "./server-clock.js"
import { t, translated } from "./strings.js"

/** @typedef {import("./types").Answer} Answer */

/** @param {string} path @returns {Promise<Answer>} */
export function get(path) { return send("GET", path) }

/** @param {string} method @param {string} path @param {object} [body] @returns {Promise<Answer>} */
export async function send(method, path, body) {
  const json = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }
  return readAnswer(fetch(url(path), { method, ...json }))
}

/**
 * Read the answer to a request. A lost connection is returned as an error, too.
 * @param {Promise<Response>} request @returns {Promise<Answer>}
 */
export async function readAnswer(request) {
  try {
    const answer = await request
    noteDate(answer.headers.get("Date"))
    const body = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null
    if (answer.ok) return { ok: body }
    return body?.error ? translated(body) : { error: t("web.no.answer"), code: "busy" }
  } catch {
    return { error: t("web.no.answer"), code: "offline" }
  }
}

// Asking over HTTP: the same answers as over the connection, `ok` or `error` with a code.

/** @typedef {import("./types").Answer} Answer */

/** @param {string} path @returns {Promise<Answer>} */
export function get(path) { return send("GET", path) }

/** @param {string} method @param {string} path @param {object} [body] @returns {Promise<Answer>} */
export async function send(method, path, body) {
  const json = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }
  return read(fetch(path, { method, ...json }))
}

/** What a request was answered with; a lost connection is an answer too. @param {Promise<Response>} request @returns {Promise<Answer>} */
export async function read(request) {
  try {
    const answer = await request
    const said = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null
    if (answer.ok) return { ok: said }
    return { error: said?.error ?? "the server did not answer", code: said?.code ?? "busy" }
  } catch {
    return { error: "not connected", code: "offline" }
  }
}

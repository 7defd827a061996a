// A list on the server: loaded when shown, and again after each change.
import { get, send } from "../../web/static/http.js"
import { toast } from "../../web/static/toast.js"
import { useLoad } from "../../web/static/use-load.js"
import { useRef, useSignal } from "../../web/static/vendor/preact.js"

/** @param {string} path */
export function useServerList(path) {
  const list = useSignal(/** @type {any[] | null} */ (null)), problem = useSignal(""), requested = useRef(0)
  async function load() {
    const mine = ++requested.current, { ok, error } = await get(path)
    if (mine !== requested.current) return // a later request knows more
    problem.value = error ?? ""
    if (ok) list.value = ok
  }
  useLoad(() => { load() })

  /**
   * Change something, then load the list again.
   * @param {string} method @param {string} address @param {object} [body]
   */
  async function act(method, address, body) {
    const answer = await send(method, address, body)
    if (answer.error) toast(answer.error, { danger: true })
    await load()
    return answer
  }
  return { list, problem, load, act }
}

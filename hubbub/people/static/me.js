// The signed-in person: from the page, or a guest created at the first visit; and changing my name.
import * as connection from "../../web/static/connection.js"
import { prefix } from "../../web/static/boot.js"
import { setPerson } from "../../web/static/storage.js"
import { send } from "../../web/static/http.js"
import { path } from "../../web/static/router.js"
import { boot } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"
import { updatePerson } from "./directory.js"

/** @typedef {import("../../web/static/types").Person} Person */

/** Error codes of a server that cannot answer now. @type {Set<string | undefined>} */
const UNAVAILABLE = new Set(["offline", "busy", "not_saved", "broken"])

/** @type {import("../../web/static/vendor/preact.js").Signal<Person | null>} */
export const me = signal(boot.me ?? null)

/** Whether I may create invites. */
export const mayInvite = () => me.value?.role === "owner" || me.value?.role === "admin"

/** Whether my name is being edited. */
export const renaming = signal(false)

/** Whether the welcome hint was dismissed in this browser. */
export const hintDismissed = signal(localStorage.getItem("welcomed") === "yes")

/** Never show the hint again in this browser. */
export function dismissHint() {
  hintDismissed.value = true
  localStorage.setItem("welcomed", "yes")
}

/** Set who I am, as the server says. @param {Person} person */
export function setMe(person) {
  me.value = person
  setPerson(person.id)
  connection.setPerson(person.id)
  updatePerson(person)
}

/**
 * Sign in as a guest, unless I am signed in. Return false if guests are not allowed.
 * @param {boolean} sessionLost the server no longer knows the session
 */
async function signInAsGuest(sessionLost) {
  if (me.value && !sessionLost) return true
  if (me.value && sessionLost && me.value.role !== "guest") { location.reload(); return false }
  if (!boot.guests || /^\/(join|sign-in)\b/.test(path.value)) return false
  const { ok, error, code } = await send("POST", "/api/guests", {})
  if (ok) setMe(ok.person)
  else if (UNAVAILABLE.has(code)) throw new Error(error)
  else connection.refusalReason.value = error ?? ""
  return Boolean(ok)
}

/** Change my name. @param {string} name @returns {Promise<import("../../web/static/types").Answer>} */
export async function rename(name) {
  const answer = await connection.request("set_name", { name })
  if (answer.ok) {
    setMe(answer.ok)
    dismissHint()
  }
  return answer
}

/** Report once to the server in which time zone I am. */
async function reportZone() {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions(), report = `${me.value?.id} ${timeZone}`
  if (!me.value || !timeZone || localStorage.getItem(`zone${prefix}`) === report) return
  const { error } = await connection.request("set_zone", { zone: timeZone })
  if (!error) localStorage.setItem(`zone${prefix}`, report)
}

if (boot.me) setMe(boot.me)
connection.onConnect(reportZone)
connection.signInWith(signInAsGuest)

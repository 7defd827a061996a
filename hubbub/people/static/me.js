// Who I am: known from the page, or a guest made at the first visit; and my name, which I may change.
import * as connection from "../../web/static/connection.js"
import { setPerson } from "../../web/static/storage.js"
import { boot } from "../../web/static/shell.js"
import { signal } from "../../web/static/vendor/preact.js"
import { learn } from "./directory.js"

/** @typedef {import("../../web/static/types").Person} Person */

/** @type {import("../../web/static/vendor/preact.js").Signal<Person | null>} */
export const me = signal(boot.me ?? null)

/** Whether my name is being edited, wherever it stands. */
export const naming = signal(false)

/** Whether this browser has had its welcome: a name was taken, or the hint was put away. */
export const welcomed = signal(localStorage.getItem("welcomed") === "yes")

/** Never show the hint again in this browser. */
export function dismiss() {
  welcomed.value = true
  localStorage.setItem("welcomed", "yes")
}

/** Be this person, as the server says I am now. @param {Person} person */
export function be(person) {
  me.value = person
  setPerson(person.id)
  connection.setPerson(person.id)
  learn(person)
}

/** Become a guest unless I am somebody; false where guests may not come in. @param {boolean} forgotten by the server */
async function introduce(forgotten) {
  if (me.value && !forgotten) return true
  if (me.value && forgotten && me.value.role !== "guest") { location.reload(); return false }
  if (!boot.guests || location.pathname === "/join" || location.pathname === "/sign-in") return false
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }
  const answer = await fetch("/api/guests", request)
  const said = await answer.json()
  if (answer.ok) be(said.person)
  else if (answer.status >= 500) throw new Error(said.error)
  else connection.refusalReason.value = said.error
  return answer.ok
}

/** Take another name. @param {string} name @returns {Promise<import("../../web/static/types").Answer>} */
export async function rename(name) {
  const answer = await connection.request("rename", { name })
  if (answer.ok) {
    be(answer.ok)
    dismiss()
  }
  return answer
}

if (boot.me) be(boot.me)
connection.signInWith(introduce)

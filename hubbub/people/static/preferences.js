// My preferences, the same on all my devices: the server stores them, and this browser keeps a copy for when it is offline.
import { prefix } from "../../web/static/boot.js"
import * as connection from "../../web/static/connection.js"
import { send } from "../../web/static/http.js"
import { preference, showPreferences } from "../../web/static/preferences.js"
import { boot, url } from "../../web/static/shell.js"
import { computed } from "../../web/static/vendor/preact.js"
import { me } from "./me.js"

/** The value and version of each preference that I have chosen; one that is not stored yet has no version. @typedef {Record<string, [value: string, version?: number]>} Values */

const KEY = `preferences${prefix}`, cookie = document.body.dataset.themeCookie ?? "theme"
/** @type {Values} */
let known = {}

/** Whether Enter sends, or only together with Ctrl or ⌘. */
export const sendKey = computed(() => preference("sending", localStorage.getItem("sending") ?? "enter"))
/** Whether single-key shortcuts are on; speech input users turn them off. */
export const singleKeys = computed(() => preference("keys", localStorage.getItem("single-keys") ?? "on") !== "off")

/** @returns {{ person?: number, values: Values }} */
function readCopy() {
  try { return JSON.parse(localStorage.getItem(KEY) ?? "") } catch { return { values: {} } }
}

/** @param {Values} values */
function apply(values) {
  known = { ...known, ...values }
  showPreferences(Object.fromEntries(Object.entries(known).map(([name, [value]]) => [name, value])))
  if (known.theme) document.cookie = `${cookie}=${known.theme[0]}; path=${url("/")}; max-age=31536000; samesite=lax`
}

/** Show these values and store the copy. @param {Values} values */
function show(values) {
  apply(values)
  try { localStorage.setItem(KEY, JSON.stringify({ person: me.peek()?.id, values: known })) } catch { /* a full disk: the server has them */ }
}

/** Apply what the server has: whatever is newer than here, and no change of mine that it does not have yet. @param {Values} values */
export function applyPreferences(values) {
  const newer = Object.entries(values).filter(([name, [, version = 0]]) => !known[name] || version > (known[name][1] ?? Infinity))
  if (newer.length) show(Object.fromEntries(newer))
}

/** Choose a preference, here at once and then on all my devices. @param {string} name @param {string} value */
export function choose(name, value) {
  show({ [name]: [value] })
  return store()
}

/** Store what the server does not have yet. */
async function store() {
  const unsent = Object.entries(known).filter(([, [, version]]) => version === undefined).map(([name, [value]]) => [name, value])
  if (!unsent.length || !me.value) return
  const { ok } = await send("PATCH", "/api/me/preferences", { changes: Object.fromEntries(unsent) })
  if (ok) show(Object.fromEntries(Object.entries(/** @type {Values} */ (ok)).filter(([name, [value]]) => known[name]?.[0] === value)))
}

const copy = readCopy()
if (boot.me === undefined || copy.person === boot.me?.id) known = copy.values
const stored = boot.preferences ?? {}
if (Object.keys(known).length || Object.keys(stored).length) {
  applyPreferences(stored)
  show({})
}
connection.onConnect(store)
connection.onEvent((event, payload) => { if (event === "preferences") applyPreferences(payload.data) })
addEventListener("storage", ({ key }) => {
  const { person, values } = readCopy()
  if (key === KEY && person === me.peek()?.id) apply(values)
})

// Every word the page says, in one catalogue with `{n}` and other names filled in; and moments as people read them.

/** @typedef {string | { one: string, other: string }} Words */

/** @type {Record<string, Words>} */
const CATALOGUE = {
  "about.lobby": "Open to everybody here",
  "back": "Back",
  "close": "Close",
  "closed.there": "If that machine is yours, open this address in its own browser:",
  "closed.tunnel": "Or make a tunnel from here, and open the same address on this machine:",
  "closed.title": "This Lobby is not open to guests from here",
  "closed.why": "Nobody owns this Hubbub yet. Until somebody does, only people on the machine it runs on may come in, "
    + "so that a fresh installation is never open to the whole internet.",
  "composer.label": "Message {room}",
  "composer.send": "Send",
  "days.today": "Today",
  "days.yesterday": "Yesterday",
  "empty.body": "Write the first message below. Whoever has this page open sees it at once.",
  "empty.title": "Nobody has said anything yet",
  "here.count": { one: "{n} person here", other: "{n} people here" },
  "here.more": "and {n} more",
  "here.title": "Here now",
  "here.you": "you",
  "list.beginning": "{room} begins here",
  "list.earlier": "Loading earlier messages…",
  "list.label": "Messages in {room}",
  "list.latest": "Jump to latest",
  "list.new": { one: "{n} new message", other: "{n} new messages" },
  "list.rule": "New",
  "message.discard": "Discard",
  "message.edit": "Edit",
  "message.failed": "Not sent: {words}. Kept here.",
  "message.queued": "Waiting to be sent",
  "message.retry": "Retry",
  "missing.home": "Go to the Lobby",
  "missing.title": "There is nothing here",
  "nav.open": "Rooms and people",
  "undo": "Undo",
  "me.change": "Change your name",
  "me.name": "Your name, as others see it",
  "me.stranger": "Guest",
  "me.settings": "Appearance",
  "nav.label": "Rooms and people",
  "nav.skip": "Skip to what is shown",
  "nav.rooms": "Rooms",
  "name.cancel": "Cancel",
  "name.offline": "You are offline. Your name was not changed.",
  "name.save": "Save",
  "part.away": "This part of the page could not be fetched. It comes by itself when you are back.",
  "part.again": "Try again",
  "part.broken": "This part of the page could not be shown.",
  "part.reload": "Reload",
  "said": "{name}: {text}",
  "state.connecting": "Connecting…",
  "state.connecting.long": "Connecting… what you write is kept",
  "state.offline": "Offline",
  "state.offline.long": "Offline. What you write is kept, and sent when you are back.",
  "state.online": "Online",
  "state.waiting": { one: "{n} message waits.", other: "{n} messages wait." },
  "state.refused": "Not let in",
  "state.refused.long": "The server did not let us in: {words}",
  "theme.dark": "Dark",
  "theme.label": "Theme",
  "theme.light": "Light",
  "theme.system": "System",
  "updated": "Hubbub was updated. Reload to go on; what you wrote is kept.",
  "updated.reload": "Reload",
  "welcome.dismiss": "Hide this hint",
  "welcome.name": "Set your name",
  "welcome.second": "Try a second window",
  "welcome.take": "Take a name of your own.",
  "welcome.words": "You are here as {name}.",
}

const pluralRules = new Intl.PluralRules("en")

/** What the server said, as a sentence of its own. @param {string} said */
export function sentence(said) { return `${said.charAt(0).toUpperCase()}${said.slice(1)}.` }

/** Add a slice's words to the catalogue. @param {Record<string, Words>} words */
export function say(words) { Object.assign(CATALOGUE, words) }

/** @param {string} key @param {Record<string, string | number>} [values] @returns {string} */
export function t(key, values = {}) {
  const entry = CATALOGUE[key]
  if (entry === undefined) return key
  const text = typeof entry === "string" ? entry : entry[pluralRules.select(Number(values.n)) === "one" ? "one" : "other"]
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole))
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" })
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" })
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" })

/** @param {number} at UTC seconds */
export function timeOf(at) { return clock.format(at * 1000) }

/** @param {number} at UTC seconds */
export function momentOf(at) { return full.format(at * 1000) }

/** @param {number} at UTC seconds @returns {number} local midnight before it, in milliseconds */
export function dayOf(at) { return new Date(at * 1000).setHours(0, 0, 0, 0) }

/** @param {number} at UTC seconds */
export function dayName(at) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - dayOf(at)) / 864e5)
  if (days === 0) return t("days.today")
  if (days === 1) return t("days.yesterday")
  return (days > 300 ? dayOfYear : day).format(at * 1000)
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" })
/** @type {Array<[Intl.RelativeTimeFormatUnit, number]>} */
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]]

/** How long ago, in words; beyond a week the day. @param {number} at UTC seconds */
export function ago(at) {
  const seconds = Date.now() / 1000 - at
  if (seconds > 7 * 86400) return (seconds > 300 * 86400 ? dayOfYear : day).format(at * 1000)
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["minute", 60]
  return relative.format(-Math.floor(seconds / size), unit)
}

// My rules, which decide what reaches my inbox: show, add and remove them, and undo that.
import { onEvent } from "../../web/static/connection.js"
import { send } from "../../web/static/http.js"
import { toast } from "../../web/static/toast.js"
import { signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { person } from "../../people/static/directory.js"
import { levels } from "./inbox.js"

/** @typedef {{ kind: string, channel?: string, root?: number, word?: string, about?: number, level?: string }} Rule */
/** @typedef {Rule & { title: string, text: string }} Shown */
/** @typedef {import("./inbox.js").Notification} Notification */

/** Counts the changes, here and on my other devices, so that an open list loads the rules again. */
export const changed = signal(0)
onEvent(event => { if (event === "rules") changed.value++ })

/** @param {Rule} rule */
const only = ({ kind, channel = "", root = 0, word = "", about = 0, level = "" }) => ({ kind, channel, root, word, about, level })

/** @param {"PUT" | "DELETE"} method @param {Rule} rule */
async function change(method, rule) {
  const answer = await send(method, "/api/rules", only(rule))
  changed.value++
  return answer
}

/** Add a rule. @param {Rule} rule @returns {Promise<import("../../web/static/types").Answer>} */
export function addRule(rule) { return change("PUT", rule) }

/**
 * Say what was done, and offer to undo it; or why it was refused.
 * @param {Promise<import("../../web/static/types").Answer>} answer @param {string} words @param {() => Promise<import("../../web/static/types").Answer>} undo
 */
async function offerUndo(answer, words, undo) {
  const { error } = await answer
  if (error) toast(error, { danger: true })
  else toast(words, { verb: t("notifications.rules.undo"), act: async () => { const { error } = await undo(); if (error) toast(error, { danger: true }) } })
}

/** Remove a rule, and offer to undo it. @param {Rule} rule */
export function removeRule(rule) { return offerUndo(change("DELETE", rule), t("notifications.rules.removed"), () => change("PUT", rule)) }

/** Put a rule in the place of another, and offer to undo that. @param {Rule} rule @param {Rule} before the rule until now; its level is empty if there was none */
export function replaceRule(rule, before) {
  return offerUndo(change("PUT", rule), t("notifications.rules.changed"), () => change(before.level || before.kind === "priority" ? "PUT" : "DELETE", before))
}

/** @param {string} topic */
function muteTopic(topic) {
  const mute = (/** @type {boolean} */ muted) => send("PUT", `/api/topics/${encodeURIComponent(topic)}/subscription`, { muted })
  return { icon: "bell-off", label: t("notifications.topics.mute", { name: topic }), act: () => offerUndo(mute(true), t("notifications.rules.changed"), () => mute(false)) }
}

/** A rule in a few words. @param {Shown} rule */
export function nameOf({ kind, title, text, word = "", about = 0, level = "" }) {
  if (kind === "keyword") return word
  if (kind === "person") return person(about).name || "…"
  if (kind === "priority") return t("notifications.rules.priority.least", { n: about })
  if (kind === "alert") return t(`notifications.rules.alert.${word}`, { symbol: title, level })
  return text || title || t("notifications.level.some")
}

/**
 * Why a notification is here, in a sentence, and the changes that a menu offers.
 * @param {Notification} one @param {string} title of its channel
 */
export function explain(one, title) {
  const { cause, channel, root, why = {}, params = {}, text_id: id = "", author } = one
  const room = { kind: "room", channel }, names = { title, name: person(author).name }
  const quieter = (/** @type {string} */ level) => ({ icon: "bell-off", label: t(`notifications.why.level.${level}`, { title: title || t("notifications.level.some") }), act: () => replaceRule({ ...room, level }, { ...room, level: levels.peek()[channel] }) })
  const remove = (/** @type {Rule} */ rule) => ({ icon: "x", label: t("notifications.why.remove"), act: () => removeRule(rule) })
  const thread = { kind: "thread", channel, root }
  const inThread = root ? [{ icon: "bell-off", label: t("notifications.why.mute"), act: () => replaceRule({ ...thread, level: "muted" }, { ...thread, level: "followed" }) }] : []
  if (cause === "mention") return { words: why.group ? t("notifications.why.group", { group: why.group }) : t(why.room ? "notifications.why.room" : why.here ? "notifications.why.here" : "notifications.why.mention", names), items: [...inThread, quieter("nothing")] }
  if (cause === "reply") return { words: t("notifications.why.thread"), items: [...inThread, quieter("nothing")] }
  if (cause === "direct") return { words: t("notifications.why.direct"), items: [quieter("mentions"), quieter("nothing")] }
  if (cause === "message") return { words: t("notifications.why.everything"), items: [...inThread, quieter("mentions"), quieter("nothing")] }
  if (cause === "keyword") return { words: t("notifications.why.keyword", { word: why.keyword }), items: [remove({ kind: "keyword", word: why.keyword }), quieter("nothing")] }
  if (cause === "person") return { words: t("notifications.why.person", names), items: [remove({ kind: "person", about: author }), quieter("nothing")] }
  if (cause === "priority") {
    const rule = { kind: "priority", about: why.priority }
    const higher = why.priority < 5 && { icon: "bell-off", label: t("notifications.why.higher", { n: why.priority + 1 }), act: () => replaceRule({ ...rule, about: why.priority + 1 }, rule) }
    return { words: t("notifications.why.priority", { n: why.priority }), items: [higher, remove(rule), quieter("nothing")] }
  }
  if (cause === "watch") return { words: t("notifications.why.watch"), items: [remove({ kind: "document", channel })] }
  if (cause === "document") return { words: t("notifications.why.mention"), items: [quieter("nothing")] }
  if (cause === "alert") return { words: t("notifications.why.alert"), items: [remove({ kind: "alert", channel: `feed:${params.symbol}`, word: id.endsWith("above") ? "above" : "below", level: params.level })] }
  if (one.topic) return { words: t("notifications.why.topic", { topic: one.topic }), items: [muteTopic(one.topic)] }
  return { words: author ? t("notifications.why.script", names) : t("notifications.why.script.own"), items: [] }
}

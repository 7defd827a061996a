// The conversations in the inbox: pages of them from the server, kept up to date by the entries that arrive, and shown with
// what I did and the server does not know yet. Offline, those of the newest notifications that the browser keeps.
import { channel } from "../../web/static/channels.js"
import { connectionState } from "../../web/static/connection.js"
import { get } from "../../web/static/http.js"
import { stored } from "../../web/static/stored.js"
import { toast } from "../../web/static/toast.js"
import { computed, signal } from "../../web/static/vendor/preact.js"
import { addPeople } from "../../people/static/directory.js"
import { inboxChannel, pendingChanges } from "./inbox.js"
import { conversationOf } from "./notification.js"

/** @typedef {import("./inbox.js").Notification} Notification */
/** Its last notifications, oldest first, and how many of all are unread. @typedef {{ conversation: string, unread: number, items: Notification[] }} Group */
/** @typedef {"all" | "unread" | "mentions" | "direct" | "threads" | "documents" | "alerts" | "snoozed"} Filter */

export const FILTERS = /** @type {const} */ (["all", "unread", "mentions", "direct", "threads", "documents", "alerts", "snoozed"])
const PAGE = 30, MOST = 200 // conversations
const SOON = 40, PAUSE = 300, AGAIN = 5000 // milliseconds until a change is fetched, between two such, and after a failure

/** What this device shows. */
export const [filter, setFilter] = stored("inbox-filter", text => /** @type {Filter} */ (FILTERS.find(name => name === text) ?? "all"))

/** @type {import("../../web/static/vendor/preact.js").Signal<{ show: Filter, groups: Group[], next: number | null } | null>} */
const fetched = signal(null)
/** How many unread notifications each filter has. @type {import("../../web/static/vendor/preact.js").Signal<Partial<Record<Filter, number>>>} */
export const counts = signal({})
export const problem = signal("")
let requested = 0, retry = 0 // how often the newest were requested: a later answer replaces an earlier one; a timer

/** @param {Group} group */
export const newestOf = ({ items }) => items[items.length - 1]

/** @type {Record<Filter, (one: Notification, conversation: string) => boolean>} */
const SHOWS = {
  all: one => !one.snoozed_until || one.read, unread: one => !one.read && !one.snoozed_until, snoozed: one => Boolean(one.snoozed_until) && !one.read,
  mentions: one => one.cause === "mention", direct: one => one.cause === "direct", threads: (_, id) => id.includes("#"),
  documents: (_, id) => id.startsWith("doc:"), alerts: (_, id) => !/^(room|doc):/.test(id),
}

/** Group the newest notifications, which this page has, as the server does. @param {Notification[]} items @param {Filter} show @returns {Group[]} */
export function groupItems(items, show) {
  /** @type {Map<string, Group>} */
  const groups = new Map()
  for (const one of items.filter(({ deleted }) => !deleted).toReversed()) {
    const conversation = conversationOf(one)
    if (!SHOWS[show](one, conversation) || show !== "snoozed" && !SHOWS.all(one, conversation)) continue
    const group = groups.get(conversation) ?? { conversation, unread: 0, items: [] }
    groups.set(conversation, group)
    group.unread += Number(!one.read)
    if (group.items.length < 2) group.items.unshift(one)
  }
  return [...groups.values()]
}

/** @param {Group} group @param {any} payload of a change */
function concerns({ conversation, items }, { seqs, conversation: id, up_to: upTo }) {
  const { seq } = items[items.length - 1]
  return seqs ? seqs.includes(seq) : (!id || id === conversation) && (upTo === undefined || seq <= upTo)
}

/** A group with what I did to it. @param {Group} group @returns {Group | null} null: it is not shown */
function withChanges(group) {
  let shown = /** @type {Group | null} */ (group)
  const undone = new Set(pendingChanges.value.filter(({ event }) => event === "undo_notifications").map(({ payload }) => payload.action))
  for (const { event, payload } of pendingChanges.value) {
    if (!shown || undone.has(payload.action) || !concerns(group, payload)) continue
    if (event === "read_notifications" || event === "read_all_notifications") shown = ["unread", "snoozed"].includes(filter.value) ? null : { ...shown, unread: 0, items: shown.items.map(one => ({ ...one, read: true })) }
    else if (event === "snooze_notifications") shown = payload.until && filter.value === "snoozed" ? { ...shown, items: shown.items.map(one => ({ ...one, snoozed_until: payload.until })) } : null
  }
  return shown
}

/** The conversations to show; null while none are loaded. @type {{ readonly value: Group[] | null, peek: () => Group[] | null }} */
export const groups = computed(() => {
  const inbox = channel(inboxChannel)
  inbox.version.value
  const known = fetched.value?.show === filter.value ? fetched.value.groups : inbox.log.loaded ? groupItems(/** @type {any[]} */ (inbox.log.items), filter.value) : null
  return known && known.flatMap(group => withChanges(group) ?? [])
})
/** Whether there are earlier ones. */
export const hasMore = computed(() => fetched.value?.show === filter.value && fetched.value.next !== null)

/** @param {Filter} show @param {number | null} before @param {number} [limit] */
async function fetchPage(show, before, limit = PAGE) {
  const answer = await get(`/api/inbox?show=${show}&limit=${Math.min(limit, MOST)}${before ? `&before=${before}` : ""}`)
  if (answer.error) return answer
  addPeople(answer.ok.people)
  return answer
}

/** Fetch the newest conversations of the filter, as many as are loaded. */
export async function refresh() {
  const mine = ++requested, show = filter.value, wanted = fetched.value?.show === show ? fetched.value.groups.length : 0
  clearTimeout(retry)
  /** @type {Group[]} */
  const found = []
  let next = /** @type {number | null} */ (null)
  do {
    const { ok, error } = await fetchPage(show, next, Math.max(PAGE, wanted - found.length))
    if (mine !== requested || show !== filter.value) return
    if (error) await channel(inboxChannel).open({ newest: true }) // offline, the browser may have it
    problem.value = error && !groups.value ? error : ""
    if (error && connectionState.peek() === "online") retry = setTimeout(refresh, AGAIN)
    if (!ok) return
    counts.value = ok.counts
    found.push(...ok.groups)
    next = ok.next
  } while (next && found.length < wanted)
  fetched.value = { show, groups: [...new Map(found.map(group => [group.conversation, group])).values()], next }
}

/** Fetch the next page of earlier ones. */
export async function loadMore() {
  const known = fetched.value
  if (!known?.next) return
  const { ok, error } = await fetchPage(known.show, known.next)
  if (error) toast(error, { danger: true })
  else if (fetched.value?.show === known.show) {
    const here = new Set(fetched.value.groups.map(({ conversation }) => conversation))
    fetched.value = { ...known, groups: [...fetched.value.groups, ...ok.groups.filter((/** @type {Group} */ { conversation }) => !here.has(conversation))], next: ok.next }
  }
}

/** What an entry changes at once in the conversations shown; the rest comes from the server. @param {import("../../web/static/types").Entry} entry */
function apply({ kind, data: { targets = [], deleted, until } }) {
  const known = fetched.value, changed = new Set(targets)
  if (!known || !targets.length) return
  /** @param {Notification} one */
  const after = one => !changed.has(one.seq) ? one : kind === "unread" ? { ...one, read: false } : kind === "read" ? { ...one, read: true } : one
  fetched.value = { ...known, groups: known.groups.flatMap(group => {
    const isNewest = changed.has(newestOf(group).seq)
    if (isNewest && (deleted || kind === "snoozed" && Boolean(until) !== (known.show === "snoozed") || kind === "read" && ["unread", "snoozed"].includes(known.show))) return []
    return [{ ...group, items: group.items.map(after), unread: isNewest && kind === "read" ? 0 : group.unread }]
  }) }
}

/** Keep the conversations up to date while they are shown; return how to stop. */
export function followGroups() {
  let timer = 0, last = 0, again = false // whether something changed while they were fetched
  const later = () => {
    again = true
    timer ||= setTimeout(async () => {
      again = false
      last = Date.now()
      await refresh()
      timer = 0
      if (again) later()
    }, Math.max(SOON, last + PAUSE - Date.now()))
  }
  const stop = channel(inboxChannel).onChange(entry => {
    if (entry) apply(entry)
    later()
  })
  return () => { stop(); clearTimeout(timer); clearTimeout(retry) }
}

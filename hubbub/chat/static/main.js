// The chat slice: reducers, views of rooms, threads and search, sidebar sections, panels, dialogs and shortcuts.
import { channel, onWindow, jobs, outbox, registerReducer } from "../../web/static/channels.js"
import * as connection from "../../web/static/connection.js"
import { add, addToPalette, html, openPanel, panel, route, whenConnected, wide, workspace } from "../../web/static/shell.js"
import { rowsShown } from "../../web/static/later.js"
import { navigate } from "../../web/static/router.js"
import { Home } from "../../web/static/sidebar.js"
import { counted, tab } from "../../web/static/tabs.js"
import { t } from "../../web/static/strings.js"
import { effect } from "../../web/static/vendor/preact.js"
import { me } from "../../people/static/me.js"
import { openedMessageDialog } from "./actions.js"
import { openedPicker } from "./emoji.js"
import { registerAttachment } from "./attachments.js"
import { reducers } from "./reducers.js"
import { Room } from "./room-view.js"
import { lazy } from "../../web/static/lazy.js"
import { Dialogs } from "./rooms/dialogs.js"
import { openedDialog } from "./rooms/opened-dialog.js"
import { iconOf } from "./rooms/room-row.js"
import { openedRowMenu } from "./rooms/opened-row-menu.js"
import { Sections, UnreadFilter } from "./rooms/sidebar-sections.js"
import { CatchUpItem, DraftsItem, SavedItem, SearchItem, ThreadsItem } from "./nav-items.js"
import { RoomActions } from "./rooms/top-bar.js"
import { hasNews, mentionCount, start, room, roomName, rooms, unreadCount } from "./user-state.js"

/** @param {Record<string, string>} params */
function heading({ id }) {
  const here = room(`room:${id || 1}`)
  const members = wide.value || here?.kind === "direct" ? "" : t("chat.rooms.members", { n: here?.members ?? 0 })
  return here ? { title: roomName(here), icon: here.kind === "direct" ? "" : iconOf(here), about: here.topic || members, act: here.kind === "direct" ? undefined : () => openPanel({ kind: "room", channel: here.channel }) } : { title: t(id ? "chat.room.some" : "chat.room.lobby"), icon: "hash" }
}

/** The mentions in all rooms; without one, whether there are new messages. */
function news() {
  /** @param {(channel: string) => number} count */
  const sum = count => [...rooms.value.keys()].reduce((all, channel) => all + count(channel), 0)
  const calls = sum(mentionCount), fresh = calls || sum(channel => hasNews(channel) ? unreadCount(channel) : 0)
  return calls ? counted(calls, t("chat.rooms.calls", { n: calls })) : fresh ? { short: "", words: t("chat.rooms.unread", { n: fresh }) } : null
}

Object.entries(reducers).forEach(([kind, reducer]) => registerReducer(kind, reducer))
connection.onEvent((_, entry) => {
  if (entry?.seq && entry.author === me.value?.id) outbox.confirm(entry.channel, new Set([entry.key]), channel(entry.channel).log.cursor[0])
})
onWindow(({ channel: name, items, as_of }) => {
  const mine = items.filter((/** @type {any} */ { author }) => author === me.value?.id)
  outbox.confirm(name, new Set(mine.map((/** @type {any} */ { key }) => key)), as_of[0])
})
registerAttachment("urgent", lazy(() => import("./urgent.js").then(({ Urgent }) => Urgent)), {
  message_acknowledged: { event: "acknowledge_message", refused: "chat.refused.acknowledge", apply: (_, { author, at, data }) => ({ acknowledged: { person: author, at: data.at ?? at } }) },
})
start()
addEventListener("keydown", event => {
  if (event.key?.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.defaultPrevented) return
  event.preventDefault() // at once: the browser would take it until the other shortcuts are loaded
  openedDialog.value = openedDialog.value === "palette" ? "" : "palette"
})
const loadSoon = () => Promise.all([import("./soon.js"), import("./inbox-actions.js")])
rowsShown.then(loadSoon).catch(() => { whenConnected.push(loadSoon) })
effect(() => { if (jobs.value.some(({ state }) => state === "uploading")) import("./soon.js").catch(() => {}) })
const EmojiPicker = lazy(() => import("./emoji-picker.js").then(({ EmojiPicker }) => EmojiPicker))
const MessageDialogs = lazy(() => import("./message-dialogs.js").then(({ MessageDialogs }) => MessageDialogs))
const RowMenu = lazy(() => import("./rooms/row-menu.js").then(({ RowMenu }) => RowMenu))
const Unsent = lazy(() => import("./unsent-notices.js").then(({ UnsentNotices }) => UnsentNotices))

whenConnected.push(() => import("./kept.js"))
tab({ href: "/home", icon: "message-circle", title: "chat.rooms.title", within: /^\/($|(home|rooms?|threads|search|drafts|saved|catch-up|share)(\/|$))/, news, rank: 0 })
route("/home", Home, { heading: () => ({ title: workspace.value.name }), actions: UnreadFilter })
route("/", Room, { heading, actions: RoomActions })
route("/room/:id/:seq?", Room, { heading, actions: RoomActions })
route("/rooms", lazy(() => import("./rooms/room-browser.js").then(({ RoomBrowser }) => RoomBrowser)), { heading: () => ({ title: t("chat.rooms.browse"), icon: "list-filter" }) })
route("/search", lazy(() => import("./search-view.js").then(({ Search }) => Search)), { heading: () => ({ title: t("chat.search.title"), icon: "search" }) })
route("/drafts", lazy(() => import("./drafts-view.js").then(({ Drafts }) => Drafts)), { heading: () => ({ title: t("chat.nav.drafts"), icon: "pencil" }) })
route("/saved", lazy(() => import("./saved-view.js").then(({ Saved }) => Saved)), { heading: () => ({ title: t("chat.nav.saved"), icon: "bookmark" }) })
route("/catch-up", lazy(() => import("./catch-up.js").then(({ CatchUp }) => CatchUp)), { heading: () => ({ title: t("chat.catch.title"), icon: "check-check" }) })
route("/share", lazy(() => import("./share-view.js").then(({ Share }) => Share)), { heading: () => ({ title: t("chat.share.title"), icon: "send-horizontal" }) })
route("/threads", lazy(() => import("./threads-view.js").then(({ Threads }) => Threads)), { heading: () => ({ title: t("chat.threads.title"), icon: "messages-square" }) })
panel("room", lazy(() => import("./rooms/room-info.js").then(({ RoomInfo }) => RoomInfo)), () => t("chat.rooms.info"))
panel("thread", lazy(() => import("./thread-view.js").then(({ Thread }) => Thread)), () => t("chat.thread.title"))
panel("pins", lazy(() => import("./pins.js").then(({ Pins }) => Pins)), () => t("chat.pins.title"))
addToPalette("chat.catch.title", "check-check", () => navigate("/catch-up"), () => Boolean(me.value))
add("nav", SearchItem)
add("nav", CatchUpItem)
add("nav", ThreadsItem)
add("nav", DraftsItem)
add("nav", SavedItem)
add("brand", UnreadFilter)
add("sections", Sections)
add("overlays", () => openedMessageDialog.value && html`<${MessageDialogs} />`)
add("overlays", () => openedPicker.value && html`<${EmojiPicker} />`)
add("overlays", () => openedRowMenu.value && html`<${RowMenu} key=${openedRowMenu.value.channel ?? openedRowMenu.value.section} menu=${openedRowMenu.value} />`)
add("overlays", Dialogs)
add("notices", () => jobs.value.some(({ event, state: now }) => event === "post" && now === "failed") && html`<${Unsent} />`)

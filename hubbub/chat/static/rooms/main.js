// The rooms' part of the page: sidebar sections, room browser, room panel, dialogs, shortcuts.
import "./shortcuts.js"
import { lazy } from "../../../web/static/lazy.js"
import { add, panel, route } from "../../../web/static/shell.js"
import { t } from "../../../web/static/strings.js"
import { start } from "../user-state.js"
import { Dialogs } from "./dialogs.js"
import { DirectSection, RoomSection, SearchItem, ThreadsItem } from "./sidebar-sections.js"

add("nav", SearchItem)
add("nav", ThreadsItem)
add("sections", RoomSection)
add("sections", DirectSection)
add("overlays", Dialogs)
route("/rooms", lazy(() => import("./room-browser.js").then(({ RoomBrowser }) => RoomBrowser)), { heading: () => ({ title: t("chat.rooms.browse"), icon: "list-filter" }) })
panel("room", lazy(() => import("./room-info.js").then(({ RoomInfo }) => RoomInfo)), () => t("chat.rooms.info"))
start()

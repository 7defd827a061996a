// The rooms' part of the page: the sidebar's sections, the browser, the panel about a room, dialogs, keys.
import "./keys.js"
import { lazy } from "../../../web/static/lazy.js"
import { add, panel, route } from "../../../web/static/shell.js"
import { t } from "../../../web/static/strings.js"
import { begin } from "../standing.js"
import { Dialogs } from "./dialogs.js"
import { DirectSection, RoomSection, SearchItem, ThreadsItem } from "./sections.js"

add("nav", SearchItem)
add("nav", ThreadsItem)
add("sections", RoomSection)
add("sections", DirectSection)
add("overlays", Dialogs)
route("/rooms", lazy(() => import("./browser.js").then(({ RoomBrowser }) => RoomBrowser)), { heading: () => ({ title: t("chat.rooms.browse"), icon: "list-filter" }) })
panel("room", lazy(() => import("./info.js").then(({ RoomInfo }) => RoomInfo)), () => t("chat.rooms.info"))
begin()

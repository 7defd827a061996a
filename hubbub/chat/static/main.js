// The chat slice of the page: what a message does to a channel, and the Lobby's view.
import { reduce } from "../../web/static/channels.js"
import { view } from "../../web/static/shell.js"
import { t } from "../../web/static/words.js"
import { Lobby } from "./lobby.js"

reduce("message", (items, { seq, n, author, at, key, data }) => { items.push({ seq, n, author, at, key, text: data.text ?? "" }) })
view({ channel: "room:1", title: "Lobby", about: t("about.lobby"), component: Lobby })

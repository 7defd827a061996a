// The notifications slice of the page: the inbox and its unread count, levels of rooms, notifications on this device.
import { onWindow, registerReducer } from "../../web/static/channels.js"
import { onConnect } from "../../web/static/connection.js"
import { rowsShown } from "../../web/static/later.js"
import { lazy } from "../../web/static/lazy.js"
import { navigate } from "../../web/static/router.js"
import { add, addToPalette, html, unreadTotal, route, setting, whenConnected } from "../../web/static/shell.js"
import { counted, tab } from "../../web/static/tabs.js"
import { effect, signal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { addPeople } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { startInbox, reducers, unreadCount } from "./inbox.js"

const news = () => counted(unreadCount.value, t("notifications.inbox.unread", { n: unreadCount.value }))

/** @type {import("../../web/static/vendor/preact.js").Signal<any>} */
const quietSign = signal(null)
/** @type {Promise<void> | undefined} */
let started
/** Start to notify on this device, once; if that cannot be loaded, with a later connection. */
function startOnDevice() {
  started ??= import("./device-notifications.js").then(({ startDeviceNotifications }) => startDeviceNotifications()).catch(() => { started = undefined })
}

Object.entries(reducers).forEach(([kind, reducer]) => registerReducer(kind, reducer))
onWindow(({ channel, people }) => { if (channel?.startsWith("inbox:")) addPeople(people) })
effect(() => { if (me.value) startInbox(me.value.id) })
effect(() => { unreadTotal.value = unreadCount.value })
rowsShown.then(startOnDevice)
onConnect(startOnDevice)
whenConnected.push(() => import("./kept.js"), () => import("./quiet-sign.js").then(({ startQuietSign }) => { quietSign.value = startQuietSign() }))
add("foot", () => quietSign.value && html`<${quietSign.value} />`, -1)
tab({ href: "/inbox", icon: "inbox", title: "notifications.inbox.title", within: /^\/inbox/, news, when: () => Boolean(me.value), rank: 1, inSidebar: -1 })
addToPalette("notifications.inbox.title", "inbox", () => navigate("/inbox"))
route("/inbox", lazy(() => import("./inbox-view.js").then(({ InboxView }) => InboxView)), { heading: () => ({ title: t("notifications.inbox.title"), icon: "inbox" }), actions: lazy(() => import("./inbox-view.js").then(({ MarkAll }) => MarkAll)) })
setting({
  name: "notifications", icon: "bell", title: "notifications.settings.notifications",
  component: lazy(() => import("./notification-settings.js").then(({ NotificationSettings: Device }) => Device)),
})
setting({
  name: "rules", icon: "bell-dot", title: "notifications.rules.title",
  component: lazy(() => import("./rules-view.js").then(({ RulesView }) => RulesView)),
})

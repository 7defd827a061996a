// The notifications slice of the page: the inbox and its unread count, levels of rooms, notifications on this device.
import { onWindow, registerReducer } from "../../web/static/channels.js"
import { lazy } from "../../web/static/lazy.js"
import { navigate, path } from "../../web/static/router.js"
import { add, addToPalette, unreadTotal, html, Icon, route, setting } from "../../web/static/shell.js"
import { effect } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { addPeople } from "../../people/static/directory.js"
import { me } from "../../people/static/me.js"
import { startDeviceNotifications } from "./device-notifications.js"
import { startInbox, reducers, unreadCount } from "./inbox.js"

function InboxItem() {
  const n = unreadCount.value, here = path.value.startsWith("/inbox")
  return me.value && html`<li><a class=${n ? "row unread" : "row"} href="/inbox" aria-current=${here ? "page" : undefined}>
    <${Icon} name="inbox" /><span class="label">${t("notifications.inbox.title")}</span>
    ${n > 0 && html`<span class="badge"><span class="visually-hidden">${t("notifications.inbox.unread", { n })}</span><span aria-hidden="true">${n > 99 ? "99+" : n}</span></span>`}</a></li>`
}

Object.entries(reducers).forEach(([kind, reducer]) => registerReducer(kind, reducer))
onWindow(({ channel, people }) => { if (channel?.startsWith("inbox:")) addPeople(people) })
effect(() => { if (me.value) startInbox(me.value.id) })
effect(() => { unreadTotal.value = unreadCount.value })
startDeviceNotifications()
add("nav", InboxItem, -1)
addToPalette("notifications.inbox.title", "inbox", () => navigate("/inbox"))
route("/inbox", lazy(() => import("./inbox-view.js").then(({ InboxView }) => InboxView)), { heading: () => ({ title: t("notifications.inbox.title"), icon: "inbox" }) })
setting({
  name: "notifications", icon: "bell", title: "notifications.settings.notifications",
  component: lazy(() => import("./notification-settings.js").then(({ NotificationSettings: Device }) => Device)),
})

// What may stand above the rows of a message list, loaded when it is first shown.
import { lazy } from "../../web/static/lazy.js"

export const DayInView = lazy(() => import("./jump-to-date.js").then(({ DayInView }) => DayInView))
export const UnreadBar = lazy(() => import("./unread-bar.js").then(({ UnreadBar }) => UnreadBar))

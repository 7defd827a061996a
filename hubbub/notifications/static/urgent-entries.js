// What entries of the inbox change about urgent notifications: the same as the server's projection (alarms.py).
import { registerReducer } from "../../web/static/channels.js"
import { changeItems } from "./inbox.js"

registerReducer("acknowledged", (items, { data: { targets, ...acknowledged } }) => changeItems(items, targets, item => ({ ...item, acknowledged })))
registerReducer("escalated", (items, { data: { targets, step } }) => changeItems(items, targets, item => ({ ...item, steps: [...item.steps ?? [], step] })))

// The parts of files that a message and its field show.
export { Attach, DropZone } from "../../files/static/attach.js"
export { Attachments } from "../../files/static/attachments.js"
export { Chips } from "../../files/static/chips.js"
export { uploads } from "../../files/static/uploads.js"

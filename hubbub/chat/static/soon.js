// The parts of a room that somebody may need at any moment, but not for the first rows: loaded together, once connected.
export { ComposerNotices } from "./composer-notices.js"
export { Formatting } from "./formatting.js"
export { SendFailure } from "./send-failure.js"
export { SendingFiles } from "./sending-files.js"
export { SuggestionList } from "./suggestion-list.js"
export { UploadList } from "../../files/static/upload-list.js"

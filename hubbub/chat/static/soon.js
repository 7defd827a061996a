// The parts of a room that may be needed at any moment, but not for the first rows: loaded together, once connected.
export { ComposerNotices } from "./composer-notices.js"
export { format, Formatting } from "./formatting.js"
export { SendState } from "./send-state.js"
export { runCommand } from "./own-commands.js"
export { suggestionsFor } from "./suggestions.js"
export { SuggestionList } from "./suggestion-list.js"
export { Toolbar } from "./toolbar.js"
export { UploadList } from "../../files/static/upload-list.js"

// The parts of files that a message and its field show, where the files slice has them.
export function Attach() { return null }
export function Chips() { return null }
export function Attachments() { return null }
/** @param {{ children?: any }} props */
export function DropZone({ children }) { return children }
const none = { /** @returns {Array<{ id: string }>} */ take() { return [] }, count() { return 0 }, busy() { return false } }
/** @param {string} channel @param {number} thread */
export function uploads(channel, thread) { void channel; void thread; return none }

// Stored in this browser for offline use: the inbox, opened or not. Also installs the service worker, which shows the page
// without a network.
import { assets, boot } from "../../web/static/boot.js"
import { channel } from "../../web/static/channels.js"
import { onConnect } from "../../web/static/connection.js"
import { keepAlways, keepPart } from "../../web/static/keep-channels.js"
import { isOn } from "./device-notifications.js"
import { inboxChannel, levels, unreadOnServer } from "./inbox.js"
import { register, renewSubscription } from "./push.js"

const SHELL_DELAY = 5000 // milliseconds: 300 KB, after all that this page needs itself

keepAlways(inboxChannel)
keepPart("inbox", () => ({ unread: unreadOnServer.value, levels: levels.value, as_of: channel(inboxChannel).log.cursor }))
keepPart("kinds", () => boot.kinds)

/** Install the service worker, and let it store this version of the page. */
async function install() {
  if (!navigator.serviceWorker) return
  if (isOn()) await renewSubscription()
  else await register()
  const { active } = await navigator.serviceWorker.ready
  if (!(/** @type {any} */ (navigator).connection?.saveData)) setTimeout(() => active?.postMessage({ shell: assets }), SHELL_DELAY)
}

/** @type {Promise<void> | undefined} */
let installed

/** Do this once; while the server is away, with the next connection. */
function installOnce() { installed ??= install().catch(() => { installed = undefined }) }

installOnce()
onConnect(installOnce)
onConnect(() => navigator.serviceWorker?.controller?.postMessage({ act: true })) // what I did with notifications while away

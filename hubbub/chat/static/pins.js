// The pinned messages of a room, the newest pin first.
import { channel as channelOf } from "../../web/static/channels.js"
import { get } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { dayName, momentOf, timeOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { addPeople, person } from "../../people/static/directory.js"
import { mayAct, pin } from "./actions.js"
import { withPendingChanges } from "./pending-changes.js"
import { Prose } from "./prose.js"

/** @typedef {import("../../web/static/types").Item} Item */

/** @param {{ channel: string, item: Item }} props */
function Pinned({ channel, item }) {
  const href = `/room/${channel.slice(5)}/${item.seq}`
  return html`<li class="result"><p class="by"><${Avatar} id=${item.author} small /><b dir="auto">${person(item.author).name}</b>
      <a href=${href}><time title=${momentOf(item.at)}>${dayName(item.at)}, ${timeOf(item.at)}</time></a>
      ${mayAct(channel) && html`<button class="ghost" type="button" aria-label=${t("chat.pin.off")} title=${t("chat.pin.off")} onClick=${() => pin(channel, item)}>
        <${Icon} name="pin-off" /></button>`}</p>
    <${Prose} text=${item.text} mentions=${item.mentions ?? {}} quotes=${item.quotes} /></li>`
}

/** @param {{ channel: string }} props */
export function Pins({ channel }) {
  const items = useSignal(/** @type {Item[] | null} */ (null)), problem = useSignal("")
  useLoad(() => {
    let requested = 0
    async function load() {
      const mine = ++requested, { ok, error } = await get(`/api/channels/${channel}/pins`)
      if (mine !== requested) return
      problem.value = error ?? ""
      if (error) return
      addPeople(ok.people)
      items.value = ok.items
    }
    load()
    const stop = channelOf(channel)?.onChange((/** @type {any} */ entry) => { if (!entry || ["pinned", "edited", "deleted"].includes(entry.kind)) load() })
    return () => { stop?.(); requested = 0 }
  }, [channel])
  if (problem.value) return html`<div class="empty"><${Icon} name="circle-alert" /><p>${problem.value}</p></div>`
  const pinned = withPendingChanges(channel, items.value ?? []).filter(item => item.pinned)
  if (items.value && !pinned.length) return html`<div class="empty"><${Icon} name="pin" /><h2>${t("chat.pins.none")}</h2><p>${t("chat.pins.how")}</p></div>`
  return html`<ol class="results" aria-label=${t("chat.pins.title")}>${pinned.map(item => html`<${Pinned} key=${item.seq} channel=${channel} item=${item} />`)}</ol>`
}

// The room view: its messages and the composer, or the reason why I cannot write here.
import { channel as channelOf } from "../../web/static/channels.js"
import { connectionState } from "../../web/static/connection.js"
import { lazy } from "../../web/static/lazy.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useLayoutEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { DropZone } from "../../files/static/attach-button.js"
import { me } from "../../people/static/me.js"
import { Announcer, announceMessages } from "./announcer.js"
import { ReadOnlyNotice, readOnlyReason } from "./read-only.js"
import { Composer } from "./composer.js"
import { MessageList } from "./message-list.js"
import { openFromMemory, openRoom, stopPreview } from "./open-room.js"
import { removeDivider } from "./read-state.js"
import { listContextOf, roomListState } from "./list-state.js"
import { room as roomOf, roomName } from "./user-state.js"

const Beginning = lazy(() => import("./rooms/beginning.js").then(({ Beginning }) => Beginning))

/** @param {{ name: string, at: number }} props */
function OpenRoom({ name, at }) {
  const ready = useSignal(false), problem = useSignal("")
  const room = roomOf(name), context = listContextOf(name), label = room ? roomName(room) : name === "room:1" ? t("chat.room.lobby") : ""
  const online = connectionState.value === "online", mine = room !== undefined, was = useRef(mine)
  useLayoutEffect(() => { ready.value = openFromMemory(name, at) }, []) // before the next paint, so without a blank
  useEffect(() => {
    const left = was.current && !mine // removed from the room: request again what can still be read
    was.current = mine
    if (ready.value && !left) return
    ready.value = false
    openRoom(name, at).then(answer => {
      if (!answer?.error) { ready.value = true; problem.value = "" }
      else if (answer.code !== "offline") problem.value = answer.code
    })
  }, [online, mine])
  useEffect(() => {
    const stop = announceMessages(name)
    return () => { stop(); removeDivider(name); stopPreview(name) }
  }, [])
  if (problem.value) return html`<div class="empty"><${Icon} name="circle-alert" /><h2>${t("chat.room.not_found")}</h2><p>${t("chat.room.not_found.body")}</p>
    <a class="plain" href="/">${t("chat.room.home")}</a></div>`
  if (!ready.value) return connectionState.value === "offline" ? html`<div class="empty"><${Icon} name="cloud-off" /><p>${t("web.part.away")}</p></div>`
    : html`<div class="room"><div class="list" aria-busy="true"></div></div>`
  const closed = readOnlyReason(name)
  const lastMine = () => channelOf(name).isAtLatest ? channelOf(name).log.items.findLast(item => item.kind === "message" && item.author === me.value?.id && !item.deleted) : undefined
  return html`<${DropZone} channel=${name}><section class="room">
    <${MessageList} context=${context} label=${t("chat.list.label", { room: label })} at=${at} readState=${() => roomListState(name)} beginning=${(/** @type {boolean} */ isEmpty) => html`<${Beginning} channel=${name} isEmpty=${isEmpty} />`} />
    ${closed ? html`<${ReadOnlyNotice} channel=${name} why=${closed} />` : html`<${Composer} composer=${context.composer} label=${label} lastMine=${lastMine} />`}
    <${Announcer} />
  </section><//>`
}

/** @param {{ id?: string, seq?: string }} props from the address */
export function Room({ id, seq }) {
  const name = `room:${id || 1}`
  return html`<${OpenRoom} key=${`${name}/${seq}`} name=${name} at=${Number(seq) || 0} />`
}

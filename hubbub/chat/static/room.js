// A room: its messages and where one writes, or in words why one cannot, with the way out of that.
import { channel as channelOf } from "../../web/static/channels.js"
import { connectionState } from "../../web/static/connection.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { DropZone } from "../../files/static/attach.js"
import { me } from "../../people/static/me.js"
import { Announcer, attend } from "./arrivals.js"
import { Closed, closedWhy } from "./closed.js"
import { Composer } from "./composer.js"
import { MessageList } from "./message-list.js"
import { look, lookAway } from "./look.js"
import { answered } from "./reading.js"
import { sceneOf, sightOf } from "./list-state.js"
import { room as roomOf, roomName } from "./standing.js"

/** What stands where nothing was said yet. @param {{ room: import("./standing.js").Room | undefined }} props */
function Empty({ room }) {
  const notes = room?.kind === "direct" && room.people.length < 2, kind = notes ? "notes." : room?.kind === "direct" ? "direct." : ""
  return html`<div class="empty"><${Icon} name=${notes ? "sticky-note" : kind ? "message-circle" : "hash"} />
    <h2>${t(`chat.empty.${kind}title`)}</h2><p>${t(`chat.empty.${kind}body`)}</p></div>`
}

/** @param {{ name: string, at: number }} props */
function Opened({ name, at }) {
  const ready = useSignal(false), problem = useSignal("")
  const room = roomOf(name), scene = sceneOf(name), label = room ? roomName(room) : name === "room:1" ? t("chat.room.lobby") : ""
  const online = connectionState.value === "online", mine = room !== undefined, was = useRef(mine)
  useEffect(() => {
    const sent = was.current && !mine // out of the room: what is still to be seen of it is asked for anew
    was.current = mine
    if (ready.value && !sent) return
    ready.value = false
    look(name, at).then(answer => {
      if (answer?.error === undefined) { ready.value = true; problem.value = "" }
      else if (answer.code !== "offline") problem.value = answer.code
    })
  }, [online, mine])
  useEffect(() => {
    const stop = attend(name)
    return () => { stop(); answered(name); lookAway(name) }
  }, [])
  if (problem.value) return html`<div class="empty"><${Icon} name="circle-alert" /><h2>${t("chat.room.absent")}</h2><p>${t("chat.room.absent.body")}</p>
    <a class="plain" href="/">${t("chat.room.home")}</a></div>`
  if (!ready.value) return html`<div class="room"><div class="list" aria-busy="true"></div></div>`
  const closed = closedWhy(name)
  const lastMine = () => channelOf(name).isAtLatest ? channelOf(name).log.items.findLast(item => item.kind === "message" && item.author === me.value?.id && !item.deleted) : undefined
  return html`<${DropZone} channel=${name}><section class="room">
    <${MessageList} scene=${scene} label=${t("chat.list.label", { room: label })} at=${at} look=${() => sightOf(name, html`<${Empty} room=${room} />`)}>
      <p>${t("chat.list.beginning", { room: label })}</p><//>
    ${closed ? html`<${Closed} channel=${name} why=${closed} />` : html`<${Composer} writing=${scene.writing} label=${label} lastMine=${lastMine} />`}
    <${Announcer} />
  </section><//>`
}

/** @param {{ id?: string, seq?: string }} props from the address */
export function Room({ id, seq }) {
  const name = `room:${id || 1}`
  return html`<${Opened} key=${`${name}/${seq}`} name=${name} at=${Number(seq) || 0} />`
}

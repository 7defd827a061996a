// The room browser: my rooms and rooms to join, with search and preview.
import { get } from "../../../web/static/http.js"
import * as connection from "../../../web/static/connection.js"
import { makeKey } from "../../../web/static/outbox.js"
import { navigate } from "../../../web/static/router.js"
import { html, Icon } from "../../../web/static/shell.js"
import { useLoad } from "../../../web/static/use-load.js"
import { useRef, useSignal } from "../../../web/static/vendor/preact.js"
import { t } from "../../../web/static/strings.js"
import { rooms } from "../user-state.js"
import { openedDialog } from "./opened-dialog.js"
import { addressOf, iconOf } from "./room-row.js"

/** @typedef {import("../../../web/static/types").Room} Room */

/** @param {{ room: Room, fail: (words: string) => void }} props */
function Found({ room, fail }) {
  async function join() {
    const { error } = await connection.request("join", { channel: room.channel, key: makeKey() })
    if (error) fail(error)
    else navigate(addressOf(room))
  }
  const inside = room.role !== "" || room.kind === "lobby"
  return html`<li class="found-room"><a class="row" href=${addressOf(room)}><${Icon} name=${iconOf(room)} />
    <span class="label"><b dir="auto">${room.name}</b><span class="about" dir="auto">${room.topic}</span></span>
    <small>${t("chat.rooms.members", { n: room.members })}</small></a>
    ${!inside && !room.archived && html`<button class="plain" type="button" onClick=${join} aria-label=${`${t("chat.rooms.join")} ${room.name}`}>${t("chat.rooms.join")}</button>`}</li>`
}

export function RoomBrowser() {
  const word = useSignal(""), archived = useSignal(false), problem = useSignal(""), turn = useRef(0)
  const found = useSignal(/** @type {Room[] | null} */ (null))
  const known = rooms.value.size
  useLoad(() => {
    const mine = ++turn.current
    get(`/api/rooms?q=${encodeURIComponent(word.value.trim())}&archived=${archived.value}`).then(({ ok, error }) => {
      if (mine !== turn.current) return
      problem.value = error ?? ""
      if (ok) found.value = ok
    })
  }, [word.value, archived.value, known])
  const list = found.value ?? []
  const inside = (/** @type {Room} */ room) => room.role !== "" || room.kind === "lobby"
  const groups = archived.value ? [[t("chat.rooms.archived"), list]] : [[t("chat.rooms.others"), list.filter(room => !inside(room))], [t("chat.rooms.mine"), list.filter(inside)]]
  return html`<div class="browser">
    <div class="browser-bar"><input class="field" type="search" aria-label=${t("chat.rooms.search")} placeholder=${t("chat.rooms.search")} dir="auto"
      value=${word.value} onInput=${(/** @type {any} */ event) => { word.value = event.target.value }} />
      <label class="check"><input type="checkbox" checked=${archived.value} onChange=${(/** @type {any} */ event) => { archived.value = event.target.checked }} /> ${t("chat.rooms.archived")}</label>
      <button class="primary" type="button" onClick=${() => { openedDialog.value = "room" }}><${Icon} name="plus" />${t("chat.rooms.add")}</button></div>
    <p class="error-text" role="alert">${problem.value}</p>
    ${groups.map(([title, group]) => group.length > 0 && html`<section><h2>${title}</h2>
      <ul>${/** @type {Room[]} */ (group).map(room => html`<${Found} key=${room.channel} room=${room} fail=${(/** @type {string} */ words) => { problem.value = words }} />`)}</ul></section>`)}
    ${found.value && !list.length && html`<div class="empty"><${Icon} name="hash" /><h2>${t("chat.rooms.empty")}</h2>
      <button class="primary" type="button" onClick=${() => { openedDialog.value = "room" }}>${t("chat.rooms.add")}</button></div>`}
  </div>`
}

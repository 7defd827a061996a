// In place of the composer in rooms where I cannot write: the reason, and what I can do.
import * as connection from "../../web/static/connection.js"
import { makeKey } from "../../web/static/outbox.js"
import { html } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { me } from "../../people/static/me.js"
import { leads } from "./actions.js"
import { room as roomOf, roomName } from "./user-state.js"

/** @typedef {"archived" | "join" | "announcement"} Reason */

/** Return why I cannot write in a room; null if I can. @param {string} channel @returns {Reason | null} */
export function readOnlyReason(channel) {
  const room = roomOf(channel)
  if (!room) return me.value && channel !== "room:1" ? "join" : null
  if (room.archived) return "archived"
  if (room.kind === "lobby") return null
  if (!room.role && room.kind !== "direct") return "join"
  return room.kind === "announcement" && room.role !== "admin" ? "announcement" : null
}

/** @param {{ channel: string, why: Reason }} props */
export function ReadOnlyNotice({ channel, why }) {
  const room = roomOf(channel), problem = useSignal("")
  /** @param {string} event @param {object} more */
  const ask = async (event, more) => {
    const { error } = await connection.request(event, { channel, key: makeKey(), ...more })
    problem.value = error ?? ""
  }
  const name = room ? roomName(room) : t("chat.room.this")
  return html`<div class="read-only"><p>${why === "join" ? t("chat.room.look", { room: name }) : t(`chat.room.${why}`)}</p>
    ${why === "join" && html`<button class="primary" type="button" onClick=${() => ask("join", {})}>${t("chat.room.join", { room: name })}</button>`}
    ${why === "archived" && leads(channel) && html`<button class="plain" type="button" onClick=${() => ask("archive", { on: false })}>${t("chat.room.open")}</button>`}
    ${problem.value && html`<p class="error-text" role="alert">${problem.value}</p>`}</div>`
}

// A member of a room, and what a room admin can do with them.
import { Menu } from "../../../web/static/menu.js"
import { html } from "../../../web/static/shell.js"
import { t } from "../../../web/static/strings.js"
import { Avatar } from "../../../people/static/avatar.js"
import { online, openCard, person } from "../../../people/static/directory.js"
import { me } from "../../../people/static/me.js"

/** @param {{ member: { person: number, role: string }, manages: boolean, act: (event: string, more: object) => Promise<boolean> }} props */
export function MemberRow({ member, manages, act }) {
  const { person: id, role } = member, who = person(id)
  return html`<li class="member"><button class="row" type="button" onClick=${(/** @type {any} */ event) => openCard(id, event.currentTarget)}>
    <${Avatar} id=${id} small here=${online.value.has(id)} /><span class="label" dir="auto">${who.name || "…"}</span>
    ${(role === "admin" || who.role === "bot") && html`<small>${t(role === "admin" ? "chat.rooms.admin" : "people.role.bot")}</small>`}</button>
    ${manages && html`<${Menu} label=${`${t("chat.rooms.more")}: ${who.name}`} items=${[
      role === "admin" ? { icon: "shield-off", label: t("chat.rooms.demote"), act: () => act("set_room_role", { person: id, role: "member" }) }
        : who.role !== "bot" && { icon: "shield", label: t("chat.rooms.promote"), act: () => act("set_room_role", { person: id, role: "admin" }) },
      id !== me.value?.id && { icon: "user-minus", label: t("chat.rooms.kick"), danger: true, act: () => act("kick", { person: id }) },
      id !== me.value?.id && { icon: "ban", label: t("chat.rooms.ban"), danger: true, act: () => act("kick", { person: id, ban: true }) },
    ]} />`}</li>`
}
